import { HttpError } from "fresh";
import { httpStatus, ProtocolError, toWireError } from "@chatcode/protocol";
import { define } from "../../define.ts";

/** The header that carries the token of `<meta name="csrf-token">`. */
const CSRF_HEADER = "x-csrf-token";

/** Lets through only changes that our own pages ask for, and answers every failure as JSON. */
export const handler = define.middleware(async (ctx) => {
  const { services, principal, log } = ctx.state;
  try {
    if (ctx.req.method !== "GET" && ctx.req.method !== "HEAD") {
      if (!services.signIn.originIsOurs(ctx)) {
        throw new ProtocolError("FORBIDDEN", "Cannot do that: the request comes from another site");
      }
      // Before signing in there is no session that another site could misuse.
      const token = ctx.req.headers.get(CSRF_HEADER) ?? "";
      if (principal !== null && !await services.signIn.csrfTokenIsValid(principal, token)) {
        throw new ProtocolError("FORBIDDEN", "Cannot do that: load the page again and retry");
      }
    }
    return await ctx.next();
  } catch (error) {
    if (error instanceof HttpError) {
      const code = error.status === 401
        ? "UNAUTHORIZED"
        : error.status === 404
        ? "UNKNOWN_METHOD"
        : "INVALID_REQUEST";
      return Response.json({ error: { code, message: error.message || `Cannot do that` } }, {
        status: error.status,
      });
    }
    if (!(error instanceof ProtocolError)) log.error("web.failed", { route: ctx.route, error });
    const wire = toWireError(error);
    const headers = new Headers();
    if (wire.retryAfterMs !== undefined) {
      headers.set("retry-after", String(Math.ceil(wire.retryAfterMs / 1000)));
    }
    return Response.json({ error: wire }, { status: httpStatus(wire.code), headers });
  }
});

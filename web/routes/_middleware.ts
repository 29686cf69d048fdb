import { HttpError } from "fresh";
import { httpStatus, ProtocolError } from "@chatcode/protocol";
import { define } from "../define.ts";

/** Called by programs that prove themselves in other ways; nobody is signed in there. */
const FOR_PROGRAMS = /^\/telegram\//;

/** Finds out who asks, and turns what services throw into statuses. */
export const handler = define.middleware(async (ctx) => {
  const { services, log } = ctx.state;
  if (FOR_PROGRAMS.test(ctx.url.pathname)) return await ctx.next();
  try {
    const principal = await services.signIn.principal(ctx);
    ctx.state.principal = principal;
    ctx.state.csrfToken = principal && await services.signIn.csrfToken(principal);
    const response = await ctx.next();
    const renewal = principal && await services.signIn.renewal(ctx, principal);
    // A response that sets the cookie itself signs in or out, and knows better.
    if (renewal !== null && !response.headers.has("set-cookie")) {
      response.headers.append("set-cookie", renewal);
    }
    if (!response.headers.has("cache-control")) response.headers.set("cache-control", "no-cache");
    return response;
  } catch (error) {
    if (error instanceof HttpError) throw error;
    if (error instanceof ProtocolError) {
      throw new HttpError(httpStatus(error.code), error.message, { cause: error });
    }
    log.error("web.failed", { route: ctx.route, error });
    throw error;
  }
});

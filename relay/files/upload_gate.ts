import type { Log } from "@chatcode/kit";
import {
  hostId,
  httpStatus,
  issues,
  MAX_UPLOAD_BYTES,
  ProtocolError,
  sessionId,
  toWireError,
} from "@chatcode/protocol";
import { z } from "zod";
import type { Auth } from "../auth/auth.ts";
import type { Principal } from "../auth/principal.ts";
import type { Knock } from "../sockets/upgrade.ts";
import { OffsetError, type Uploads } from "./uploads.ts";

const PREFIX = "/api/uploads";
/** What names an upload is far smaller. */
const MAX_WISH_BYTES = 16 * 1024;

const wish = z.object({
  host: hostId,
  session: sessionId.optional(),
  folder: z.string().max(4096).optional(),
  name: z.string().min(1).max(1_000),
  size: z.int().min(0).max(MAX_UPLOAD_BYTES),
});

export interface UploadGateParts {
  readonly uploads: Uploads;
  readonly auth: Auth;
  readonly log: Log;
}

/** `/api/uploads`: files from browsers and scripts. SPEC [UP1]. */
export class UploadGate {
  readonly #parts: UploadGateParts;

  constructor(parts: UploadGateParts) {
    this.#parts = parts;
  }

  static isFor(pathname: string): boolean {
    return pathname === PREFIX || pathname.startsWith(`${PREFIX}/`);
  }

  async knock(knock: Knock): Promise<Response> {
    try {
      const principal = await this.#admit(knock);
      return await this.#answer(knock.req, principal);
    } catch (thrown) {
      return this.#failure(thrown);
    }
  }

  async #answer(req: Request, principal: Principal): Promise<Response> {
    const { uploads } = this.#parts;
    const upload = new URL(req.url).pathname.slice(PREFIX.length + 1);
    if (upload === "") {
      if (req.method !== "POST") return notAllowed("POST");
      const made = await uploads.create(principal, await wishOf(req));
      const headers = { location: `${PREFIX}/${made.upload}` };
      return answer({ ...made, offset: 0 }, 201, headers);
    }
    switch (req.method) {
      case "PUT":
        return await this.#put(req, principal, upload);
      case "HEAD": {
        const { offset, size } = await uploads.state(principal, upload);
        return answer(null, 200, offsetHeaders(offset, size));
      }
      case "DELETE":
        await uploads.cancel(principal, upload);
        return answer(null, 204);
      default:
        return notAllowed("PUT, HEAD, DELETE");
    }
  }

  async #put(req: Request, principal: Principal, upload: string): Promise<Response> {
    const { auth, uploads } = this.#parts;
    const offset = /^\d{1,15}$/.exec(req.headers.get("upload-offset") ?? "")?.[0];
    if (offset === undefined) {
      throw new ProtocolError("INVALID_REQUEST", "Cannot upload: no Upload-Offset");
    }
    const signedOut = new AbortController();
    using _ = auth.onEnded(principal, () => {
      signedOut.abort(new ProtocolError("UNAUTHORIZED", "Cannot upload: signed out meanwhile"));
    });
    const body = req.body ?? new Blob([]).stream();
    try {
      const { offset: now, done } = await uploads.write(principal, upload, {
        offset: Number(offset),
        body,
        signal: signedOut.signal,
      });
      return done === undefined ? answer(null, 204, offsetHeaders(now)) : answer(done, 200);
    } catch (thrown) {
      // Its end came, and the answer to that was lost: here it is again.
      if (!(thrown instanceof ProtocolError && thrown.code === "CONFLICT")) throw thrown;
      const { done } = await uploads.state(principal, upload);
      if (done === undefined) throw thrown;
      return answer(done, 200);
    }
  }

  /** @throws ProtocolError UNAUTHORIZED, FORBIDDEN, RATE_LIMITED */
  async #admit({ req, address }: Knock): Promise<Principal> {
    const { auth } = this.#parts;
    const rate = auth.rateLimit.take("page", address);
    if (rate.state === "limited") {
      const { retryAfterMs } = rate;
      throw new ProtocolError("RATE_LIMITED", "Cannot upload: too many tries", { retryAfterMs });
    }
    const origin = auth.origins.check(req.headers);
    const byToken = req.headers.has("authorization");
    if (byToken ? origin === "foreign" : origin !== "ours") {
      throw new ProtocolError("FORBIDDEN", "Cannot upload: the request comes from another site");
    }
    const check = await auth.authenticate(req.headers);
    if (check.state !== "ok") {
      throw new ProtocolError("UNAUTHORIZED", "Cannot upload: not signed in");
    }
    const { principal } = check;
    const csrf = req.headers.get("x-csrf-token") ?? "";
    const isSafe = byToken || req.method === "HEAD" ||
      await auth.csrf.isValid(principal.credential, csrf);
    if (!isSafe) {
      throw new ProtocolError("FORBIDDEN", "Cannot upload: load the page again and retry");
    }
    auth.rateLimit.giveBack("page", address);
    return principal;
  }

  #failure(thrown: unknown): Response {
    if (thrown instanceof OffsetError) {
      const error = new ProtocolError("CONFLICT", thrown.message).toWire();
      return answer({ error }, 409, offsetHeaders(thrown.offset));
    }
    if (!(thrown instanceof ProtocolError)) {
      // For the most part a browser that went away: its body ends with an error.
      this.#parts.log.debug("upload.failed", { error: thrown });
    }
    const error = toWireError(thrown);
    const retry = error.retryAfterMs;
    const headers = retry === undefined ? {} : { "retry-after": String(Math.ceil(retry / 1000)) };
    return answer({ error }, httpStatus(error.code), headers);
  }
}

/** @throws ProtocolError INVALID_REQUEST, PAYLOAD_TOO_LARGE */
async function wishOf(req: Request): Promise<z.infer<typeof wish>> {
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let bytes = 0;
  for await (const chunk of req.body ?? []) {
    bytes += chunk.length;
    if (bytes > MAX_WISH_BYTES) {
      throw new ProtocolError("PAYLOAD_TOO_LARGE", "Cannot read the request: too large");
    }
    chunks.push(chunk);
  }
  let json: unknown;
  try {
    json = JSON.parse(await new Blob(chunks).text());
  } catch (cause) {
    throw new ProtocolError("INVALID_REQUEST", "Cannot read the request: not JSON", { cause });
  }
  const parsed = wish.safeParse(json);
  if (parsed.success) return parsed.data;
  throw new ProtocolError("INVALID_REQUEST", `Cannot upload: ${issues(parsed.error)}`);
}

function answer(body: unknown, status: number, headers: Record<string, string> = {}): Response {
  const all = { ...headers, "cache-control": "no-store", "x-content-type-options": "nosniff" };
  if (body === null) return new Response(null, { status, headers: all });
  return Response.json(body, { status, headers: all });
}

function offsetHeaders(offset: number, size?: number): Record<string, string> {
  return {
    "upload-offset": String(offset),
    ...(size !== undefined && { "upload-length": String(size) }),
  };
}

function notAllowed(allow: string): Response {
  return answer(null, 405, { allow });
}

import { type ErrorCode, ProtocolError } from "@chatcode/protocol";
import type { Auth } from "../auth/auth.ts";
import type { Principal } from "../auth/principal.ts";
import type { HostRow } from "../kv/keys.ts";

/** Who knocks, as the HTTP request says. */
export interface Knock {
  readonly req: Request;
  readonly address: string;
}

export type Admission<T> = { state: "admitted" } & T | { state: "refused"; response: Response };

const STATUS: Partial<Record<ErrorCode, number>> = {
  INVALID_REQUEST: 426,
  UNAUTHORIZED: 401,
  FORBIDDEN: 403,
  RATE_LIMITED: 429,
  UNAVAILABLE: 503,
};

/** A plain HTTP answer that says no before the upgrade. SPEC [WS3]. */
export function refusal(error: ProtocolError): Response {
  const headers = new Headers();
  if (error.retryAfterMs !== undefined) {
    headers.set("retry-after", String(Math.ceil(error.retryAfterMs / 1000)));
  }
  const status = STATUS[error.code] ?? 500;
  if (status === 426) headers.set("upgrade", "websocket");
  return Response.json({ error: error.toWire() }, { status, headers });
}

const refuse = (code: ErrorCode, message: string, retryAfterMs?: number) => ({
  state: "refused" as const,
  response: refusal(
    new ProtocolError(code, message, retryAfterMs === undefined ? {} : { retryAfterMs }),
  ),
});

/** Proves a client: by cookie from our own pages, or by API token. SPEC [WS2]. */
export async function admitClient(
  auth: Auth,
  { req, address }: Knock,
): Promise<Admission<{ principal: Principal }>> {
  const early = beforeProof(auth, { req, address });
  if (early) return early;
  const origin = auth.origins.check(req.headers);
  const byToken = req.headers.has("authorization");
  if (byToken ? origin === "foreign" : origin !== "ours") {
    return refuse("FORBIDDEN", "Cannot connect: the page is not from this relay");
  }
  const check = await auth.authenticate(req.headers);
  if (check.state !== "ok") {
    return refuse("UNAUTHORIZED", "Cannot connect: not signed in, or the token is not valid");
  }
  auth.rateLimit.giveBack("connect", address);
  return { state: "admitted", principal: check.principal };
}

/** Proves a gateway by its id and token. SPEC [WS2]. */
export async function admitHost(
  auth: Auth,
  { req, address }: Knock,
): Promise<Admission<{ host: HostRow; credential: string }>> {
  const early = beforeProof(auth, { req, address });
  if (early) return early;
  const id = req.headers.get("x-chatcode-gateway") ?? "";
  const token = /^Bearer +(\S+)$/i.exec(req.headers.get("authorization") ?? "")?.[1] ?? "";
  const check = await auth.hosts.verify(id, token);
  if (check.state === "refused") {
    const message = check.code === "REVOKED"
      ? "Cannot connect: this gateway's token was revoked"
      : "Cannot connect: the gateway's id or token is wrong";
    return refuse("UNAUTHORIZED", message);
  }
  auth.rateLimit.giveBack("connect", address);
  return { state: "admitted", host: check.host, credential: check.credential };
}

/** What can be refused without touching the store. */
function beforeProof(auth: Auth, { req, address }: Knock) {
  if (req.headers.get("upgrade")?.toLowerCase() !== "websocket") {
    return refuse("INVALID_REQUEST", "Cannot answer: this address is for WebSockets");
  }
  const rate = auth.rateLimit.take("connect", address);
  if (rate.state === "limited") {
    return refuse("RATE_LIMITED", "Cannot connect: too many tries", rate.retryAfterMs);
  }
}

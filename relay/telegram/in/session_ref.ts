import { encodeBase64Url } from "@std/encoding/base64url";
import type { Session } from "@chatcode/protocol";
import type { About } from "./asked.ts";

/** Characters of 6 bits: enough that no two sessions of one relay meet. */
const REF_LENGTH = 16;

/** A session's short name on a button: ids of machine and session together would not fit. */
export async function sessionRef({ host, session }: About): Promise<string> {
  const name = new TextEncoder().encode(`${host}/${session}`);
  return encodeBase64Url(await crypto.subtle.digest("SHA-256", name)).slice(0, REF_LENGTH);
}

/** The one of `sessions` that is called so. */
export async function sessionByRef(
  sessions: readonly Session[],
  ref: string,
): Promise<Session | undefined> {
  for (const session of sessions) {
    if (await sessionRef({ host: session.host, session: session.id }) === ref) return session;
  }
}

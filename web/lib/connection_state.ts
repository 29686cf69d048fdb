import { CLOSE_CODES, mayRedial } from "@chatcode/protocol";

/** How a tab's connection to the relay stands. */
export type ConnectionState =
  | { state: "connecting" }
  | { state: "online" }
  | { state: "offline"; why: OfflineReason; retryAtMs: number }
  /** Nothing helps but to sign in again. */
  | { state: "signed-out" }
  /** The relay speaks another version of the protocol: the page must be loaded again. */
  | { state: "outdated" }
  | { state: "closed" };

export type OfflineReason =
  /** The socket broke. */
  | "lost"
  /** No socket came about. */
  | "unreachable"
  /** The relay answers, but takes no socket now. */
  | "refused"
  /** The relay said that it goes away for a moment. */
  | "restarting";

export type WhoAmI = () => Promise<"signed-in" | "signed-out" | "unreachable">;

/**
 * What follows from how a socket ended. `ask`: it never opened, which may mean that the cookie is no
 * longer good; a browser does not tell a page the status of a refused upgrade. SPEC [CL1].
 */
export function afterClose(
  { code, opened, restarting }: { code: number; opened: boolean; restarting: boolean },
):
  | { state: "offline"; why: OfflineReason }
  | { state: "ask" | "signed-out" | "outdated" | "closed" } {
  const { versionMismatch, unauthorized, revoked, shutdown } = CLOSE_CODES;
  if (code === versionMismatch.code) return { state: "outdated" };
  if (code === unauthorized.code || code === revoked.code) return { state: "signed-out" };
  // 1000 from the relay has no reason of its own: treated as a fault of the way.
  if (!mayRedial(code) && code !== CLOSE_CODES.normal.code) return { state: "closed" };
  if (!opened) return { state: "ask" };
  return { state: "offline", why: restarting || code === shutdown.code ? "restarting" : "lost" };
}

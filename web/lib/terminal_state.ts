import type { ClosedReason, ProtocolError } from "@chatcode/protocol";

/** How one view of a session stands. */
export type TerminalState =
  | { state: "attaching" }
  | { state: "live"; cols: number; rows: number; holdsSize: boolean; readOnly: boolean }
  | { state: "waiting"; why: WaitingFor }
  | { state: "over"; why: "ended" | "not-found" | "refused"; message?: string }
  | { state: "closed" };

/** `offline`: our own connection. `host-offline`: the machine. `failed`: tried again by back-off. */
export type WaitingFor = "offline" | "host-offline" | "failed";

export type Next =
  | { state: "again"; why: WaitingFor }
  | { state: "new-viewer" }
  | { state: "over"; final: Extract<TerminalState, { state: "over" }> };

/** SPEC [CH2]. */
export function afterClosed(reason: ClosedReason): Next {
  switch (reason) {
    case "ended":
      return { state: "over", final: { state: "over", why: "ended" } };
    case "host-offline":
      return { state: "again", why: "host-offline" };
    case "replaced":
      // Another tab has this id, copied together with this tab's storage. SPEC [ID2].
      return { state: "new-viewer" };
    case "detached":
    case "failed":
      return { state: "again", why: "failed" };
    default:
      return reason satisfies never;
  }
}

/** What follows when `terminal.attach` is refused. SPEC [AT6], [ER3]. */
export function afterRefusal(error: ProtocolError): Next {
  switch (error.code) {
    case "SESSION_ENDED":
      return { state: "over", final: { state: "over", why: "ended" } };
    case "SESSION_NOT_FOUND":
    case "HOST_NOT_FOUND":
      return { state: "over", final: { state: "over", why: "not-found" } };
    case "FORBIDDEN":
    case "UNAUTHORIZED":
    case "READ_ONLY":
    case "INVALID_REQUEST":
    case "UNKNOWN_METHOD":
      return { state: "over", final: { state: "over", why: "refused", message: error.message } };
    case "HOST_OFFLINE":
      return { state: "again", why: "host-offline" };
    default:
      return { state: "again", why: "failed" };
  }
}

import { ProtocolError } from "@chatcode/protocol";
import type { SessionWatch } from "./session_watch.ts";
import { TmuxError } from "./tmux/error.ts";

/** What a peer is told of a failure in tmux. Anything else is handed back as it is. */
export function protocolErrorOf(
  thrown: unknown,
  about: { watch: Pick<SessionWatch, "hasEnded">; id: string },
): unknown {
  if (!(thrown instanceof TmuxError)) return thrown;
  const cause = thrown;
  const { watch, id } = about;
  switch (thrown.code) {
    case "SESSION_NOT_FOUND":
      return watch.hasEnded(id)
        ? new ProtocolError("SESSION_ENDED", `Session "${id}" has ended`, { cause })
        : new ProtocolError("SESSION_NOT_FOUND", `No session "${id}" on this host`, { cause });
    case "FOLDER_NOT_FOUND":
      return new ProtocolError("FOLDER_NOT_FOUND", "The folder does not exist", { cause });
    case "CONTROL_LOST":
    case "CONTROL_BUSY":
    case "CLOSED":
      return new ProtocolError("UNAVAILABLE", "tmux does not answer now: try again", { cause });
    case "TMUX_MISSING":
    case "TMUX_TOO_OLD":
    case "TMUX_FAILED":
      return new ProtocolError("TMUX_FAILED", "tmux refused: see the gateway's log", { cause });
    default:
      return thrown.code satisfies never;
  }
}

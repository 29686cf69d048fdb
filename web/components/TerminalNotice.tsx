import type { Host } from "@chatcode/protocol";
import type { ConnectionState } from "../lib/connection_state.ts";
import type { TerminalState } from "../lib/terminal_state.ts";
import { ConnectionBanner } from "./ConnectionBanner.tsx";

/** The one thing to know when the terminal is not simply live; the nearest trouble first. */
export function TerminalNotice(
  { connection, terminal, host, onRedial, onRetry, onTakeOver }: {
    connection: ConnectionState;
    terminal: TerminalState;
    host: Host | undefined;
    onRedial: () => void;
    onRetry: () => void;
    onTakeOver: () => void;
  },
) {
  if (terminal.state === "over") {
    return (
      <div class="banner" role="alert" data-testid="banner-over">
        <span>
          {terminal.why === "ended"
            ? "The session has ended."
            : terminal.why === "not-found"
            ? "There is no such session."
            : terminal.message ?? "You may not see this session."}
        </span>
        <a class="button" href="/sessions">All sessions</a>
      </div>
    );
  }
  if (connection.state !== "online" && connection.state !== "connecting") {
    return <ConnectionBanner state={connection} onRetry={onRedial} />;
  }
  switch (terminal.state) {
    case "waiting":
      if (terminal.why === "offline") return null; // the connection's own word follows
      return (
        <div class="banner warn" role="status" data-testid="banner-waiting">
          <span>
            {terminal.why === "host-offline"
              ? `${
                host?.name ?? "The machine"
              } is offline. What runs there goes on; this view comes ` +
                "back with it."
              : "The view was lost. Trying again…"}
          </span>
          <button type="button" onClick={onRetry}>Try now</button>
        </div>
      );
    case "live":
      if (terminal.readOnly) {
        return (
          <div class="banner calm" role="status" data-testid="banner-read-only">
            <span>You are watching. Typing is off for your role.</span>
          </div>
        );
      }
      if (terminal.holdsSize) return null;
      return (
        <div class="banner calm" role="status" data-testid="banner-size">
          <span>
            Sized by another viewer: {`${terminal.cols}\u00a0×\u00a0${terminal.rows}`}
          </span>
          <button type="button" data-testid="take-over" onClick={onTakeOver}>Take over</button>
        </div>
      );
    case "attaching":
    case "closed":
      return null;
    default:
      return terminal satisfies never;
  }
}

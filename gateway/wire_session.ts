import type { HostId, Session, SessionId } from "@chatcode/protocol";
import { isShellWaiting } from "./host/foreground.ts";
import type { TmuxSession } from "./tmux/sessions.ts";

/** A tmux session as peers see it. What was set by hand is cut to fit the wire. SPEC [SE1], [SE2]. */
export function wireSession(host: HostId, session: TmuxSession): Session {
  return {
    id: session.id as SessionId, // its alphabet is narrower than the wire's
    host,
    title: session.title.slice(0, 120) || session.id,
    command: session.command.slice(0, 64).map((word) => word.slice(0, 4096)),
    cwd: session.cwd.slice(0, 4096),
    status: isShellWaiting(session.foreground, session.pid) ? "idle" : "working",
    foreground: session.foreground.slice(0, 256),
    cols: clamp(session.cols, 2, 500),
    rows: clamp(session.rows, 1, 300),
    viewers: session.clients,
    createdAtMs: session.createdAtMs,
    activeAtMs: session.activeAtMs,
  };
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, value));
}

import { type Clock, systemClock } from "@chatcode/kit";
import { TmuxError } from "./error.ts";
import { pruneMarkers } from "./input_marker.ts";
import type { Tmux } from "./server.ts";
import { type TmuxSession, TmuxSessions } from "./sessions.ts";

export interface Adopted {
  readonly sessions: TmuxSessions;
  /** What was running when the gateway started. */
  readonly found: TmuxSession[];
}

/**
 * Takes up the sessions that outlived an earlier gateway, and forgets viewers that are long gone.
 * @throws {TmuxError} TMUX_FAILED
 */
export async function adoptSessions(tmux: Tmux, clock: Clock = systemClock): Promise<Adopted> {
  const sessions = await TmuxSessions.open(tmux);
  try {
    const found = await sessions.list();
    for (const { id } of found) {
      await pruneMarkers(tmux, id, clock.now()).catch((error) => {
        // A session may end under our eyes.
        if (!(error instanceof TmuxError && error.code === "SESSION_NOT_FOUND")) throw error;
      });
    }
    return { sessions, found };
  } catch (error) {
    await sessions[Symbol.asyncDispose]();
    throw error;
  }
}

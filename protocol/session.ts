import * as z from "zod";
import { columns, hostId, rows, sessionId, unixMs } from "./ids.ts";

/** True by process facts: a shell in the foreground is idle, a program in it is working. SPEC [SE2]. */
export const sessionStatus = z.enum(["starting", "working", "waiting", "idle", "ended", "lost"]);
export type SessionStatus = z.infer<typeof sessionStatus>;

export const sessionTitle = z.string().min(1).max(120);

/** One tmux session as its host reports it. SPEC [SE1]. */
export const session = z.object({
  id: sessionId,
  host: hostId,
  title: sessionTitle,
  /** What was asked to run; empty means the user's login shell. */
  command: z.array(z.string().max(4096)).max(64),
  cwd: z.string().max(4096),
  status: sessionStatus,
  /** The program in the foreground, as tmux names it. */
  foreground: z.string().max(256),
  cols: columns,
  rows: rows,
  viewers: z.int().min(0),
  createdAtMs: unixMs,
  activeAtMs: unixMs,
});
export type Session = z.infer<typeof session>;

import * as z from "zod";
import { approval } from "./approval.ts";
import { columns, hostId, rows, sessionId, unixMs } from "./ids.ts";
import { agentId } from "./turn.ts";

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
  /** The agent that runs in it, if one was started or found there. SPEC [AG3]. */
  agent: agentId.optional(),
  /** The agent's own id of the conversation: what was lost is resumed with it. SPEC [SE7]. */
  conversation: z.string().max(160).optional(),
  /** Nothing runs in it, and its conversation can be resumed. SPEC [SE7]. */
  resumable: z.literal(true).optional(),
  /** What it waits for: the newest last. SPEC [AP1]. */
  approvals: z.array(approval).max(20).optional(),
});
export type Session = z.infer<typeof session>;

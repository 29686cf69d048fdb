import * as z from "zod";
import { host, hostLoad } from "./host.ts";
import { hostId, sessionId, unixMs } from "./ids.ts";
import { approvalOutcome } from "./approval.ts";
import { session } from "./session.ts";
import { agentId, turn } from "./turn.ts";

/** Payload schemas by event name. Unknown events are counted and skipped. SPEC [EV1]. */
export const events = {
  /** A machine came, went, was added, renamed or removed. */
  presence: z.object({ host, removed: z.boolean().optional() }),
  /** One session is new or changed, or (`ended`) is no more. */
  session: z.union([
    z.object({ host: hostId, ended: z.literal(false), session }),
    z.object({ host: hostId, ended: z.literal(true), id: sessionId }),
  ]),
  /**
   * Something was said or done in a session's conversation, or is told anew. A host numbers its own
   * with `outbox`, and the relay answers with `turn-ack`. SPEC [TU1] [TU7].
   */
  turn: z.object({
    host: hostId,
    session: sessionId,
    agent: agentId,
    conversation: z.string().min(1).max(160),
    turn,
    outbox: z.int().min(0).optional(),
  }),
  /** An approval is no longer open. SPEC [AP3]. */
  approval: z.object({
    host: hostId,
    session: sessionId,
    id: z.string().min(1).max(160),
    outcome: approvalOutcome,
    /** Who answered, if it was through the relay. */
    by: z.string().max(128).optional(),
  }),
  /** Load and round trip of a machine, at most one each tick. */
  health: z.object({ host: hostId, load: hostLoad, rttMs: z.number().min(0).optional() }),
  /** The sender is alive. */
  tick: z.object({ atMs: unixMs }),
  /** The sender stops on purpose; back in about `restartInMs` if that is known. */
  shutdown: z.object({ reason: z.string().max(200), restartInMs: z.int().min(0).optional() }),
} as const;

export type EventName = keyof typeof events;
export type EventPayload<N extends EventName> = z.infer<(typeof events)[N]>;

/** The state that events amend. SPEC [EV3]. */
export const snapshot = z.object({
  hosts: z.array(host),
  sessions: z.array(session),
  stateVersion: z.int().min(0),
  /** The last event sent in this socket before the snapshot was taken. */
  eventSeq: z.int().min(0),
});
export type Snapshot = z.infer<typeof snapshot>;

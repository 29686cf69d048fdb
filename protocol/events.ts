import * as z from "zod";
import { host, hostLoad } from "./host.ts";
import { hostId, sessionId, unixMs } from "./ids.ts";
import { session } from "./session.ts";

/** Payload schemas by event name. Unknown events are counted and skipped. SPEC [EV1]. */
export const events = {
  /** A machine came, went, was added, renamed or removed. */
  presence: z.object({ host, removed: z.boolean().optional() }),
  /** One session is new or changed, or (`ended`) is no more. */
  session: z.union([
    z.object({ host: hostId, ended: z.literal(false), session }),
    z.object({ host: hostId, ended: z.literal(true), id: sessionId }),
  ]),
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

import * as z from "zod";
import { hostId, unixMs } from "./ids.ts";

/** What a gateway says of its machine. SPEC [HO1]. */
export const hostFacts = z.object({
  /** Fresh for each gateway process: tells a redial from a second gateway with the same id. */
  bootId: z.string().min(8).max(64),
  hostname: z.string().max(255),
  os: z.string().max(64),
  arch: z.string().max(32),
  gatewayVersion: z.string().max(64),
  tmuxVersion: z.string().max(64),
  workspace: z.string().max(4096),
  startedAtMs: unixMs,
});
export type HostFacts = z.infer<typeof hostFacts>;

export const hostLoad = z.object({
  /** The 1, 5 and 15 minute load averages. */
  average: z.tuple([z.number(), z.number(), z.number()]),
  cores: z.int().min(1),
  memoryUsedBytes: z.int().min(0),
  memoryTotalBytes: z.int().min(0),
});
export type HostLoad = z.infer<typeof hostLoad>;

/** A machine as clients see it. `facts` are the last known ones; absent before the first connect. */
export const host = z.object({
  id: hostId,
  name: z.string().min(1).max(80),
  online: z.boolean(),
  /** When it was last online; absent if it never was. */
  seenAtMs: unixMs.optional(),
  facts: hostFacts.optional(),
  load: hostLoad.optional(),
  /** Round trip relay <-> host, in milliseconds. */
  rttMs: z.number().min(0).optional(),
});
export type Host = z.infer<typeof host>;

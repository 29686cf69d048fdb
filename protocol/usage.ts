import * as z from "zod";
import { hostId, sessionId } from "./ids.ts";
import { agentId } from "./turn.ts";

/** A day in UTC, as 2026-11-20. */
export const day = z.string().regex(/^\d{4}-\d{2}-\d{2}$/);

/** Tokens of one agent and model in one session on one day: numbers and names only. SPEC [US1]. */
export const usageRow = z.object({
  day,
  host: hostId,
  session: sessionId,
  agent: agentId,
  model: z.string().max(120),
  input: z.int().min(0),
  cachedInput: z.int().min(0),
  output: z.int().min(0),
  answers: z.int().min(0),
});
export type UsageRow = z.infer<typeof usageRow>;

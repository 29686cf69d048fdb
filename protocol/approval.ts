import * as z from "zod";
import { unixMs } from "./ids.ts";
import { MAX_TURN_TEXT } from "./turn.ts";

/** What may be answered to an agent that asks before it acts. SPEC [AP2]. */
export const verdict = z.enum(["allow", "allow-session", "deny"]);
export type Verdict = z.infer<typeof verdict>;

/** An agent waits for leave to do something. SPEC [AP1]. */
export const approval = z.object({
  id: z.string().min(1).max(160),
  /** The tool's name in the agent's own words. */
  tool: z.string().max(120),
  /** The whole command, or what else it is about, in full. */
  subject: z.string().max(MAX_TURN_TEXT),
  /** The change it would make, as a unified diff. */
  diff: z.string().max(MAX_TURN_TEXT).optional(),
  cwd: z.string().max(4096).optional(),
  askedAtMs: unixMs,
  /** What this agent can be answered here; never empty. */
  verdicts: z.array(verdict).min(1),
});
export type Approval = z.infer<typeof approval>;

/** How an approval ended. `elsewhere`: answered at the terminal, or no longer asked. SPEC [AP3]. */
export const approvalOutcome = z.enum(["allowed", "denied", "elsewhere", "expired"]);
export type ApprovalOutcome = z.infer<typeof approvalOutcome>;

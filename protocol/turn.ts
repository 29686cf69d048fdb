import * as z from "zod";
import { unixMs } from "./ids.ts";

/** A coding agent, as its gateway names it: peers know more of some than of others. SPEC [AG1]. */
export const agentId = z.string().regex(/^[a-z][a-z0-9-]{0,31}$/);
export type AgentId = z.infer<typeof agentId>;

/** Text of one turn, in UTF-16 units; what is longer is cut and says so. SPEC [TU4]. */
export const MAX_TURN_TEXT = 64 * 1024;

/** One line that says what a tool did, for example the command or the file. */
const summary = z.string().max(400);
const text = z.string().max(MAX_TURN_TEXT);

/** Tokens of one answer of the model. Cached input is counted apart from `input`. SPEC [TU6]. */
export const tokenUsage = z.object({
  model: z.string().max(120),
  input: z.int().min(0),
  cachedInput: z.int().min(0),
  output: z.int().min(0),
});
export type TokenUsage = z.infer<typeof tokenUsage>;

const common = {
  /** Stable: the same record of the same transcript always gives the same id. SPEC [TU2]. */
  id: z.string().min(1).max(160),
  /** Grows when the turn is told anew, for example when a tool has finished. SPEC [TU3]. */
  rev: z.int().min(0),
  atMs: unixMs,
  /** Whether `text` was longer. */
  cut: z.boolean().optional(),
};

/** One message or deed in an agent's conversation. SPEC [TU1]. */
export const turn = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("prompt"), ...common, text }),
  /** The agent said something and goes on. */
  z.object({ kind: z.literal("progress"), ...common, text }),
  z.object({
    kind: z.literal("tool"),
    ...common,
    name: z.string().max(120),
    summary,
    state: z.enum(["running", "ok", "failed"]),
    /** The change to a file, as a unified diff, where the tool made one. */
    diff: text.optional(),
    /** The end of what the tool printed or answered. */
    output: z.string().max(8 * 1024).optional(),
  }),
  /** The last message of an exchange: the agent is done. */
  z.object({ kind: z.literal("final"), ...common, text }),
  z.object({ kind: z.literal("error"), ...common, text }),
  z.object({ kind: z.literal("interrupted"), ...common }),
  z.object({ kind: z.literal("usage"), ...common, usage: tokenUsage }),
]);
export type Turn = z.infer<typeof turn>;
export type TurnKind = Turn["kind"];

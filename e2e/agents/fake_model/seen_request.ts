import type { AgentId } from "@chatcode/protocol";
import type { TokenCount } from "./dialect.ts";

/**
 * What a request is for: `main` is the conversation's; `side` the agent's own errand, such as a
 * title or a summary; `count` counts tokens; `other` is anything the fake model does not know.
 */
export type Purpose = "main" | "side" | "count" | "models" | "other";

/** One request that the fake model has seen. */
export interface SeenRequest {
  /** From 1, over all agents, in the order of arrival. */
  readonly n: number;
  readonly atMs: number;
  /** Whose API it came by; `undefined` for what several agents might ask. */
  readonly agent: AgentId | undefined;
  readonly purpose: Purpose;
  readonly method: string;
  readonly path: string;
  readonly body: unknown;
  readonly model: string;
  /** The person's last message and what tools answered since. */
  readonly prompt: string;
  readonly toolResults: readonly string[];
  /** The answer's own id, as the agent's transcript has it. */
  readonly answerId: string | undefined;
  /** `refused`: an error was the answer. `aborted`: the agent did not take the whole answer. */
  outcome: "answering" | "done" | "refused" | "aborted" | "dropped";
  /** When the whole answer had gone out, if it came in pieces. */
  endedAtMs: number | undefined;
  /** The counts told to the agent so far; `undefined` when none were. */
  reported: TokenCount | undefined;
}

const NONE: TokenCount = { input: 0, cachedInput: 0, cacheWrite: 0, output: 0, reasoning: 0 };

/** All that was reported, together. */
export function sumTokens(requests: readonly SeenRequest[]): TokenCount {
  return requests.reduce((sum, { reported = NONE }) => ({
    input: sum.input + reported.input,
    cachedInput: sum.cachedInput + reported.cachedInput,
    cacheWrite: sum.cacheWrite + reported.cacheWrite,
    output: sum.output + reported.output,
    reasoning: sum.reasoning + reported.reasoning,
  }), NONE);
}

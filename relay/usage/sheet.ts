import type { AgentId, TokenUsage } from "@chatcode/protocol";
import type { UsageEntry } from "../kv/keys.ts";

/** Agent and model pairs of one session and day; further models are summed under `OTHER_MODEL`. */
export const MAX_USAGE_MODELS = 32;

export const OTHER_MODEL = "other";

type Entries = readonly UsageEntry[];

/** The model's own name, or `OTHER_MODEL` if the sheet has no room for one more. */
export function modelIn(entries: Entries, agent: AgentId, model: string): string {
  const known = entries.some((entry) => isOf(entry, agent, model));
  return known || entries.length < MAX_USAGE_MODELS ? model : OTHER_MODEL;
}

/** The sheet with one answer more. */
export function withAnswer(entries: Entries, agent: AgentId, usage: TokenUsage): UsageEntry[] {
  const before = entries.find((entry) => isOf(entry, agent, usage.model));
  const rest = entries.filter((entry) => entry !== before);
  const { model } = usage;
  const none = { agent, model, input: 0, cachedInput: 0, output: 0, answers: 0 };
  return [...rest, plus(before ?? none, usage, 1)];
}

/** The sheet without an answer that is in it. */
export function withoutAnswer(entries: Entries, agent: AgentId, usage: TokenUsage): UsageEntry[] {
  return entries
    .map((entry) => isOf(entry, agent, usage.model) ? plus(entry, usage, -1) : entry)
    .filter((entry) => entry.answers > 0);
}

function plus(entry: UsageEntry, usage: TokenUsage, sign: 1 | -1): UsageEntry {
  // A sum past 2^53 would be no integer any more, and the sheet not readable.
  const sum = (a: number, b: number) =>
    Math.min(Math.max(a + sign * b, 0), Number.MAX_SAFE_INTEGER);
  return {
    ...entry,
    input: sum(entry.input, usage.input),
    cachedInput: sum(entry.cachedInput, usage.cachedInput),
    output: sum(entry.output, usage.output),
    answers: sum(entry.answers, 1),
  };
}

function isOf(entry: UsageEntry, agent: AgentId, model: string): boolean {
  return entry.agent === agent && entry.model === model;
}

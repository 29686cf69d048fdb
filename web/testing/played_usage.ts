import type { AgentId, HostId, SessionId, UsageRow } from "@chatcode/protocol";
import { daysAfter } from "../lib/usage_sums.ts";

const MODELS: Readonly<Record<AgentId, string>> = {
  claude: "claude-opus-4-5",
  codex: "gpt-5.1-codex",
  gemini: "gemini-3-pro",
  opencode: "qwen3-coder",
};

/** A month of work with every agent, up to today, the same each time. */
export function playedUsage(): UsageRow[] {
  const today = new Date().toISOString().slice(0, 10);
  const agents = Object.entries(MODELS) as [AgentId, string][];
  return Array.from(
    { length: 28 },
    (_, ago) =>
      agents.filter((_, n) => (ago + n) % 3 !== 0 && ago % 7 !== 5).map(([agent, model], n) => ({
        day: daysAfter(today, -ago),
        host: "box" as HostId,
        session: `s${n}` as SessionId,
        agent,
        model,
        input: 20_000 + (ago * 7_919 + n * 3_571) % 50_000,
        cachedInput: 400_000 + (ago * 104_729) % 900_000,
        output: 5_000 + (ago * 1_299 + n * 907) % 20_000,
        answers: 10 + (ago + n) % 30,
      })),
  ).flat();
}

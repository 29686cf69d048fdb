import type { Agent, AgentId, ApprovalOutcome, Verdict } from "@chatcode/protocol";

const AGENT_NAMES: ReadonlyMap<AgentId, string> = new Map([
  ["claude", "Claude Code"],
  ["codex", "Codex"],
  ["gemini", "Gemini CLI"],
  ["opencode", "OpenCode"],
]);

/** As its maker writes it; of one that this page does not know yet, its id. */
export function agentName(agent: AgentId): string {
  return AGENT_NAMES.get(agent) ?? agent;
}

/** The class that gives an agent its colour in plots. */
export function agentClass(agent: AgentId): string {
  return AGENT_NAMES.has(agent) ? `agent-${agent}` : "agent-other";
}

export const VERDICT_WORDS: Readonly<Record<Verdict, string>> = {
  allow: "Allow once",
  "allow-session": "Allow for this session",
  deny: "Deny",
};

export const OUTCOME_WORDS: Readonly<Record<ApprovalOutcome, string>> = {
  allowed: "Allowed",
  denied: "Denied",
  elsewhere: "Answered at the terminal, or no longer asked",
  expired: "Expired unanswered",
};

export const SIGNED_IN_WORDS: Readonly<Record<Agent["signedIn"], string>> = {
  yes: "Signed in",
  no: "Not signed in",
  unknown: "Sign-in not known",
};

/** "512", "12.3k", "4.1M". */
export function tokens(count: number): string {
  if (count < 1_000) return String(count);
  if (count < 999_950) return `${(count / 1_000).toFixed(1)}k`;
  if (count < 999_950_000) return `${(count / 1_000_000).toFixed(1)}M`;
  return `${(count / 1_000_000_000).toFixed(1)}G`;
}

import type { Agent, AgentId, ApprovalOutcome, Verdict } from "@chatcode/protocol";

export const AGENT_NAMES: Readonly<Record<AgentId, string>> = {
  claude: "Claude Code",
  codex: "Codex",
  gemini: "Gemini CLI",
  opencode: "OpenCode",
};

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

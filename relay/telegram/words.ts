import type { AgentId, Host, Session, SessionStatus } from "@chatcode/protocol";

export const AGENT_NAMES: Readonly<Record<AgentId, string>> = {
  claude: "Claude Code",
  codex: "Codex",
  gemini: "Gemini CLI",
  opencode: "OpenCode",
};

const STATUS_WORDS: Readonly<Record<SessionStatus, string>> = {
  starting: "starting",
  working: "working",
  waiting: "waits for you",
  idle: "idle",
  ended: "ended",
  lost: "machine offline",
};

const STATUS_SIGNS: Readonly<Record<SessionStatus, string>> = {
  starting: "⏳",
  working: "⚙️",
  waiting: "🙋",
  idle: "💤",
  ended: "⏹",
  lost: "🔌",
};

export function statusSign({ status }: Pick<Session, "status">): string {
  return STATUS_SIGNS[status];
}

/** "Claude Code works, 3 min ago": what runs there and how it is. */
export function stateInWords(session: Session, nowMs: number): string {
  const program = session.agent === undefined
    ? session.foreground || "shell"
    : AGENT_NAMES[session.agent];
  return `${program}, ${STATUS_WORDS[session.status]}, ${ago(session.activeAtMs, nowMs)}`;
}

/** "now", "5 min ago", "3 h ago", "2 days ago". */
export function ago(atMs: number, nowMs: number): string {
  const minutes = Math.floor(Math.max(0, nowMs - atMs) / 60_000);
  if (minutes < 1) return "now";
  if (minutes < 60) return `${minutes} min ago`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return `${hours} h ago`;
  const days = Math.floor(hours / 24);
  return days === 1 ? "yesterday" : `${days} days ago`;
}

/** "linux, load 0.4 on 8 cores, 3.1 of 16.0 GB". */
export function machineInWords({ facts, load }: Host): string {
  const gigabytes = (bytes: number) => (bytes / 2 ** 30).toFixed(1);
  const words: string[] = [];
  if (facts) words.push(facts.os);
  if (load) {
    words.push(`load ${load.average[0].toFixed(1)} on ${load.cores} cores`);
    words.push(`${gigabytes(load.memoryUsedBytes)} of ${gigabytes(load.memoryTotalBytes)} GB`);
  }
  return words.join(", ");
}

/** "1 session", "2 sessions". */
export function count(number: number, word: string): string {
  return `${number} ${word}${number === 1 ? "" : "s"}`;
}

/** "512 bytes", "12.3 kB", "4.1 MB". */
export function bytesInWords(bytes: number): string {
  if (bytes < 1_000) return count(bytes, "byte");
  if (bytes < 999_950) return `${(bytes / 1_000).toFixed(1)} kB`;
  if (bytes < 999_950_000) return `${(bytes / 1_000_000).toFixed(1)} MB`;
  return `${(bytes / 1_000_000_000).toFixed(1)} GB`;
}

/** "512", "12.3k", "4.1M". */
export function tokens(number: number): string {
  if (number < 1_000) return String(number);
  if (number < 999_950) return `${(number / 1_000).toFixed(1)}k`;
  return `${(number / 1_000_000).toFixed(1)}M`;
}

/** On one line, at most `units` long. */
export function short(text: string, units: number): string {
  const line = text.replace(/\s+/g, " ").trim();
  return line.length <= units ? line : `${line.slice(0, units - 1).toWellFormed()}…`;
}

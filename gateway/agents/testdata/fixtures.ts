import type { Turn } from "@chatcode/protocol";
import type { Agent } from "../agent.ts";
import { claude } from "../claude.ts";
import { codex } from "../codex.ts";
import { gemini } from "../gemini.ts";
import { opencode } from "../opencode.ts";
import type { TranscriptReader } from "../transcript_reader.ts";

export interface Fixture {
  readonly agent: Agent;
  readonly path: string;
  /** The conversation that is read, where the fixture holds several. */
  readonly conversation?: string;
}

/** Every transcript among the fixtures. */
export const TRANSCRIPTS: readonly Fixture[] = [
  { agent: claude, path: "claude-2.1.329/transcript-approval.jsonl" },
  { agent: claude, path: "claude-2.1.329/transcript-interrupt-error-reject.jsonl" },
  { agent: codex, path: "codex-0.169.0/rollout-approval.jsonl" },
  { agent: codex, path: "codex-0.169.0/rollout-interrupt-error.jsonl" },
  { agent: gemini, path: "gemini-0.61.0/session-approval.jsonl" },
  { agent: gemini, path: "gemini-0.61.0/session-cancel-error-records.jsonl" },
  { agent: opencode, path: "opencode-1.18.33/messages-abort-error.jsonl" },
  { agent: opencode, path: "opencode-1.18.33/opencode-db-rows.jsonl" },
];

export function fixtureText(path: string): string {
  return Deno.readTextFileSync(new URL(path, import.meta.url));
}

export function fixtureRecords(path: string): unknown[] {
  return fixtureText(path).split("\n").filter((line) => line !== "").map((line) =>
    JSON.parse(line)
  );
}

export function newReader({ agent, conversation }: Fixture): TranscriptReader {
  return agent.newReader(conversation);
}

/** What a consumer holds after `turns`: each id once, a telling with an older rev ignored. */
export function upsert(turns: readonly Turn[], into = new Map<string, Turn>()): Map<string, Turn> {
  for (const turn of turns) {
    const known = into.get(turn.id);
    if (known === undefined || known.rev < turn.rev) into.set(turn.id, turn);
  }
  return into;
}

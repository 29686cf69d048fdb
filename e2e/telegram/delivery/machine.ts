import type { SessionId, Turn } from "@chatcode/protocol";

/** A final message that was made up, by session and number in it. */
export interface MadeUp {
  readonly session: SessionId;
  readonly turn: Extract<Turn, { kind: "final" }>;
  /** A word that stands in it and nowhere else. */
  readonly word: string;
}

/** A final message of about `units` characters, in Markdown. */
export function madeUp(session: SessionId, number: number, atMs: number, units = 0): MadeUp {
  const word = `${session}n${String(number).padStart(4, "0")}`;
  const lines: string[] = [];
  for (let length = 0; length < units; length += 60) {
    lines.push(`- line ${lines.length} of **${session}** with \`code\` and some words`);
  }
  const text = [`Answer ${word}.`, ...lines].join("\n");
  return { session, word, turn: { kind: "final", id: `t-${word}`, rev: 0, atMs, text } };
}

/** The words of one session's messages that stand in `texts`, in the order in which they stand. */
export function wordsIn(texts: readonly string[], session: SessionId): string[] {
  return texts.flatMap((text) => text.match(new RegExp(`${session}n\\d{4}`, "g")) ?? []);
}

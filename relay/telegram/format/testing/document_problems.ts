import { chunks } from "../chunks.ts";
import { richText } from "../markdown.ts";
import type { GeneratedDocument } from "./documents.ts";
import { ink, lostText, messageProblems } from "./judge.ts";

/** What is wrong with the messages made of a document; empty when all is well. */
export function documentProblems(markdown: string): string[] {
  const rich = richText(markdown);
  const messages = chunks(rich);
  const problems = messages.flatMap((message, index) =>
    messageProblems(message).map((problem) => `message ${index}: ${problem}`)
  );
  const together = messages.map(({ text }) => ink(text)).join("");
  // Only what Telegram takes for empty may be missing whole.
  if (together !== ink(rich.text)) problems.push("the messages are not the text");
  const lost = lostText(markdown, rich.text);
  if (lost !== undefined) problems.push(`lost: ${JSON.stringify(lost.slice(0, 80))}`);
  return problems;
}

/** The same for one whose words are known: each is seen once, in its place. */
export function wordProblems({ markdown, words }: GeneratedDocument): string[] {
  const shown = chunks(richText(markdown)).map(({ text }) => text).join("\n");
  const seen = shown.match(/w\d+x/g) ?? [];
  return seen.join(" ") === words.join(" ") ? [] : [
    `words: ${seen.length} of ${words.length}, first wrong at ${
      words.findIndex((word, index) => seen[index] !== word)
    }`,
  ];
}

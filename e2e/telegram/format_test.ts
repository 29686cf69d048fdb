import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { chunks, richText } from "../../relay/telegram/format/mod.ts";
import {
  documentProblems,
  wordProblems,
} from "../../relay/telegram/format/testing/document_problems.ts";
import { hostile, wellFormed } from "../../relay/telegram/format/testing/documents.ts";
import { CallJudge } from "./bot_api/call_judge.ts";
import { shownText } from "./bot_api/shown_text.ts";

const RUNS = 2_500;
const judge = new CallJudge();

/** What Telegram would change or refuse of the messages made of `markdown`. */
function serverProblems(markdown: string, seen: { messages: number; longest: number }): string[] {
  const messages = chunks(richText(markdown));
  seen.messages += messages.length;
  seen.longest = Math.max(seen.longest, ...messages.map(({ text }) => text.length));
  return messages.flatMap((message, index) => {
    const problems = judge.problems("sendMessage", { chat_id: 1, ...message });
    const shown = shownText(message.text, message.entities);
    if (shown.text !== message.text) problems.push("Telegram shows another text");
    if (JSON.stringify(shown.entities) !== JSON.stringify(message.entities)) {
      problems.push("Telegram shows other entities");
    }
    return problems.map((problem) => `message ${index}: ${problem}`);
  });
}

Deno.test(`[TG3] [TG4] ${RUNS} well-formed documents: valid, as shown, each word once in its place`, () => {
  const seen = { messages: 0, longest: 0 };
  let words = 0;
  fc.assert(
    fc.property(wellFormed, (document) => {
      words += document.words.length;
      assertEquals([
        ...documentProblems(document.markdown),
        ...wordProblems(document),
        ...serverProblems(document.markdown, seen),
      ], []);
    }),
    { numRuns: RUNS },
  );
  console.log(`${RUNS} documents, ${words} words, ${seen.messages} messages`);
});

Deno.test(`[TG3] [TG4] ${RUNS} hostile documents: valid, as shown, nothing lost`, () => {
  const seen = { messages: 0, longest: 0 };
  let units = 0;
  fc.assert(
    fc.property(hostile, (markdown) => {
      units += markdown.length;
      assertEquals([...documentProblems(markdown), ...serverProblems(markdown, seen)], []);
    }),
    { numRuns: RUNS },
  );
  console.log(
    `${RUNS} documents of ${units} units, ${seen.messages} messages, longest ${seen.longest}`,
  );
});

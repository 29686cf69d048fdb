import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { documentProblems, wordProblems } from "./testing/document_problems.ts";
import { HOSTILE, hostile, wellFormed } from "./testing/documents.ts";

/** The whole run is e2e/telegram/format_test.ts. */
const RUNS = 150;

Deno.test("[TG4] generated documents become valid messages, each word once and in order", () => {
  fc.assert(
    fc.property(wellFormed, (document) => {
      assertEquals([...documentProblems(document.markdown), ...wordProblems(document)], []);
    }),
    { numRuns: RUNS },
  );
});

Deno.test("[TG4] hostile documents become valid messages, nothing lost", () => {
  fc.assert(
    fc.property(hostile, (markdown) => assertEquals(documentProblems(markdown), [])),
    { numRuns: RUNS },
  );
});

for (const [index, markdown] of HOSTILE.entries()) {
  Deno.test(`[TG4] hostile building block ${index} becomes valid messages`, () => {
    assertEquals(documentProblems(markdown), []);
  });
}

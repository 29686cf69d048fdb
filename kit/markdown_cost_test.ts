import { assertEquals } from "@std/assert";
import { CONTAINERS_MAX, isTooCostlyMarkdown, PARAGRAPH_MARKS_MAX } from "./markdown_cost.ts";

Deno.test("what people and agents write is not too costly, however long", () => {
  const prose = "Some *words*, `code` and [a link](https://example.com).\n\n".repeat(1_000);
  const code = "```ts\n" + "const a = [`x`, '*'];\n".repeat(2_000) + "```\n";
  assertEquals(isTooCostlyMarkdown(prose + code), false);
});

for (
  const [what, text] of [
    ["emphasis without an end", "**a".repeat(PARAGRAPH_MARKS_MAX)],
    ["brackets", "[".repeat(PARAGRAPH_MARKS_MAX + 1)],
    ["quotes in quotes", "> ".repeat(CONTAINERS_MAX + 1)],
    ["lists in lists", "- ".repeat(CONTAINERS_MAX + 1)],
    ["headings over headings", "a\n===\n".repeat(PARAGRAPH_MARKS_MAX / 20 + 1)],
  ] as const
) {
  Deno.test(`too costly: ${what}`, () => assertEquals(isTooCostlyMarkdown(text), true));
}

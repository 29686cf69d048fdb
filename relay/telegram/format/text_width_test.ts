import { assertEquals } from "@std/assert";
import { textWidth } from "./text_width.ts";

for (
  const [text, columns] of [
    ["abc", 3],
    ["日本語", 6],
    ["ｆｕｌｌ", 8],
    ["한글", 4],
    ["é e\u0301", 3],
    ["👍🏽👩‍👩‍👧‍👦🇩🇪", 6],
    ["a\u200bb", 2],
    ["─│☑", 3],
    ["✔️", 2],
  ] as const
) {
  Deno.test(`"${text}" is ${columns} columns wide`, () => assertEquals(textWidth(text), columns));
}

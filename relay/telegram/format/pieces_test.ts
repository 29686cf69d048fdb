import { assertEquals, assertLess } from "@std/assert";
import fc from "fast-check";
import { pieces } from "./pieces.ts";
import { hostile } from "./testing/documents.ts";

Deno.test("pieces one after the other are the text", () => {
  fc.assert(
    fc.property(hostile, (markdown) => assertEquals(pieces(markdown).join(""), markdown)),
    { numRuns: 100 },
  );
});

Deno.test("a short text is one piece, a long one several", () => {
  assertEquals(pieces("# a\n\nb\n"), ["# a\n\nb\n"]);
  const long = "A paragraph of some length.\n\n".repeat(2_000);
  for (const piece of pieces(long)) assertLess(piece.length, 8_100);
});

Deno.test("code is not cut, nor what is indented", () => {
  const code = "```\n" + "line\n\n".repeat(3_000) + "```\n";
  assertEquals(pieces(code), [code]);
  const list = "- a\n\n" + "  more\n\n".repeat(3_000);
  assertEquals(pieces(list), [list]);
});

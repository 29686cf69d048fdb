import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { decodeText, linesOfPage, pageCount, rangeOfPage } from "./text_piece.ts";

function pagesOf(file: Uint8Array): Uint8Array[] {
  return Array.from({ length: pageCount(file.length) }, (_, index) => {
    const { start, end } = rangeOfPage(index + 1);
    return linesOfPage(file.subarray(start, end), index + 1);
  });
}

Deno.test("[PV2] a long text's pages together are the text, whatever its lines", () => {
  const lineLengths = fc.array(fc.integer({ min: 1, max: 150_000 }), {
    minLength: 1,
    maxLength: 12,
  });
  fc.assert(
    fc.property(lineLengths, (lengths) => {
      const file = new Uint8Array(lengths.reduce((sum, length) => sum + length, 0)).fill(97);
      let at = 0;
      for (const length of lengths) file[(at += length) - 1] = 10;
      const joined = new Uint8Array(file.length + 1_000_000);
      let end = 0;
      for (const page of pagesOf(file)) {
        joined.set(page, end);
        end += page.length;
      }
      assertEquals(end, file.length);
      assertEquals(joined.subarray(0, end).every((byte, index) => byte === file[index]), true);
    }),
    { numRuns: 50 },
  );
});

Deno.test("[PV2] text is told from other bytes, and UTF-16 is read", () => {
  assertEquals(decodeText(new TextEncoder().encode("grüß")), "grüß");
  assertEquals(decodeText(new Uint8Array([0xff, 0xfe, 0x61, 0])), "a");
  assertEquals(decodeText(new Uint8Array([0x7f, 0x45, 0x4c, 0x46, 0])), undefined);
});

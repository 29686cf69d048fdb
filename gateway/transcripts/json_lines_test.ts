import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { JsonLines } from "./json_lines.ts";

const encoder = new TextEncoder();

Deno.test("JsonLines gives the same lines however the bytes are split", () => {
  const record = fc.oneof(fc.string({ unit: "binary" }), fc.array(fc.integer()), fc.object());
  fc.assert(
    fc.property(
      fc.array(record, { maxLength: 12 }),
      fc.array(fc.nat(400)),
      (records, cuts) => {
        const bytes = encoder.encode(records.map((each) => JSON.stringify(each) + "\n").join(""));
        const lines = new JsonLines({ offset: 100 });
        const told = split(bytes, cuts).flatMap((chunk) => lines.push(chunk));
        assertEquals(
          told.map((line) => line.record),
          JSON.parse(JSON.stringify(records)) as unknown[],
        );
        assertEquals(told.at(-1)?.endOffset ?? 100, 100 + bytes.length);
        for (const { record, startOffset, endOffset } of told) {
          const line = bytes.subarray(startOffset - 100, endOffset - 100);
          assertEquals(JSON.parse(new TextDecoder().decode(line)), record);
        }
        assertEquals(lines.offset, lines.nextOffset);
        assertEquals(lines.skipped, 0);
      },
    ),
  );
});

Deno.test("JsonLines keeps an unfinished line until its end comes", () => {
  const lines = new JsonLines();
  assertEquals(lines.push(encoder.encode('{"a":1}\n{"b"')).length, 1);
  assertEquals([lines.offset, lines.nextOffset], [8, 12]);
  assertEquals(lines.push(encoder.encode(":2}\r\n")), [
    { record: { b: 2 }, startOffset: 8, endOffset: 17 },
  ]);
});

Deno.test("JsonLines skips and counts what is too long or no JSON, and never holds it", () => {
  const lines = new JsonLines({ maxLineBytes: 10 });
  const text = `{"a":1}\n"${"x".repeat(30)}"\nnot JSON\n\n[2]\n`;
  for (const cuts of [[], [9, 1, 1, 1]]) {
    const before = lines.skipped;
    const told = split(encoder.encode(text), cuts).flatMap((chunk) => lines.push(chunk));
    assertEquals(told.map((line) => line.record), [{ a: 1 }, [2]]);
    assertEquals(lines.skipped - before, 2);
  }
});

Deno.test("JsonLines that begins inside a line leaves that line out", () => {
  const lines = new JsonLines({ offset: 5, midLine: true });
  assertEquals(lines.push(encoder.encode('":1}\n[3]\n')), [
    { record: [3], startOffset: 10, endOffset: 14 },
  ]);
  assertEquals(lines.skipped, 0);
});

function split(bytes: Uint8Array, cuts: readonly number[]): Uint8Array[] {
  const chunks: Uint8Array[] = [];
  let from = 0;
  for (const cut of cuts) {
    chunks.push(bytes.subarray(from, from + cut));
    from = Math.min(bytes.length, from + cut);
  }
  return [...chunks, bytes.subarray(from)];
}

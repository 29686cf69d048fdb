import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { Ring } from "./ring.ts";

const bytesOf = (text: string) => new TextEncoder().encode(text);

Deno.test("read() gives what was appended, by seq", () => {
  const ring = new Ring(8);
  ring.append(bytesOf("hello"));
  assertEquals(ring.read(0, 100), { state: "bytes", seq: 0, bytes: bytesOf("hello") });
  assertEquals(ring.read(2, 2), { state: "bytes", seq: 2, bytes: bytesOf("ll") });
  assertEquals(ring.read(5, 1), { state: "current" });
  ring.append(bytesOf("world"));
  assertEquals(ring.read(1, 1), { state: "pruned", oldestSeq: 2 });
  assertEquals(ring.read(2, 100), { state: "bytes", seq: 2, bytes: bytesOf("lloworld") });
});

Deno.test("prune() is a boundary", () => {
  const ring = new Ring(8);
  ring.append(bytesOf("abc"));
  ring.prune();
  assertEquals(ring.read(3, 1), { state: "current" });
  assertEquals(ring.read(2, 1), { state: "pruned", oldestSeq: 3 });
  ring.append(bytesOf("d"));
  assertEquals(ring.read(3, 9), { state: "bytes", seq: 3, bytes: bytesOf("d") });
});

Deno.test("misuse is a RangeError", () => {
  assertThrows(() => new Ring(0), RangeError);
  assertThrows(() => new Ring(8).read(1, 1), RangeError);
  assertThrows(() => new Ring(8).read(0, 0), RangeError);
});

Deno.test("the ring is the end of the stream, whatever the pieces and the capacity", () => {
  const piece = fc.oneof(
    fc.constant("prune" as const),
    fc.uint8Array({ maxLength: 40_000, size: "max" }),
  );
  fc.assert(
    fc.property(
      fc.array(piece, { maxLength: 20 }),
      fc.integer({ min: 1, max: 60_000 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (pieces, capacity, where) => {
        const ring = new Ring(capacity);
        let stream: number[] = [];
        let pruned = 0;
        for (const next of pieces) {
          if (next === "prune") {
            ring.prune();
            pruned = stream.length;
          } else {
            ring.append(next);
            stream = stream.concat([...next]);
          }
        }
        const oldest = Math.max(pruned, stream.length - capacity);
        assertEquals([ring.oldestSeq, ring.endSeq], [oldest, stream.length]);
        const seq = Math.floor(oldest + where * (stream.length - oldest));
        const read = ring.read(seq, capacity);
        const rest = stream.slice(seq);
        assertEquals(
          read,
          rest.length === 0
            ? { state: "current" }
            : { state: "bytes", seq, bytes: new Uint8Array(rest) },
        );
        if (oldest > 0) assertEquals(ring.read(oldest - 1, 1).state, "pruned");
      },
    ),
    { numRuns: 60 },
  );
});

import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { ByteRing } from "./byte_ring.ts";

Deno.test("what goes in comes out, in order, around the end and over again", () => {
  fc.assert(fc.property(fc.array(fc.tuple(fc.nat(40), fc.nat(40)), { maxLength: 100 }), (steps) => {
    const ring = new ByteRing(50);
    let next = 0;
    let expected = 0;
    for (const [push, drop] of steps) {
      const bytes = Uint8Array.from({ length: Math.min(push, 50 - ring.length) }, () => next++);
      ring.push(bytes);
      for (let left = Math.min(drop, ring.length); left > 0;) {
        const piece = ring.peek().subarray(0, left);
        for (const byte of piece) assertEquals(byte, expected++ % 256);
        ring.drop(piece.length);
        left -= piece.length;
      }
    }
    assertEquals(ring.length, next - expected);
  }));
});

Deno.test("more than it holds is refused", () => {
  const ring = new ByteRing(4);
  ring.push(new Uint8Array(3));
  assertThrows(() => ring.push(new Uint8Array(2)), RangeError);
});

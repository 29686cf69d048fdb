import { assertEquals } from "@std/assert";
import { OutputCursor } from "./output_cursor.ts";

Deno.test("[AT2] OutputCursor takes each byte once and notices what is missing", () => {
  const cursor = new OutputCursor();
  const bytes = new Uint8Array([1, 2, 3]);
  assertEquals(cursor.take(0, bytes), { state: "gap" });
  cursor.resync("e", 10);
  assertEquals(cursor.take(10, bytes), { state: "fresh", bytes, known: 0 });
  assertEquals(cursor.take(12, bytes), {
    state: "fresh",
    bytes: new Uint8Array([2, 3]),
    known: 1,
  });
  assertEquals(cursor.take(11, bytes), { state: "known", known: 3 });
  assertEquals(cursor.take(16, bytes), { state: "gap" });
  assertEquals(cursor.resume, { epoch: "e", seq: 15 });
  cursor.forget();
  assertEquals(cursor.resume, undefined);
});

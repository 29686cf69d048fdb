import { assertEquals } from "@std/assert";
import { fit, fontThatFits } from "./geometry.ts";

Deno.test("fit() fills the room and stays within the protocol", () => {
  const cell = { width: 8.4, height: 17 };
  assertEquals(fit(cell, 840, 410), { cols: 100, rows: 24 });
  assertEquals(fit(cell, 839.5, 407), { cols: 99, rows: 23 });
  assertEquals(fit(cell, 5, 5), { cols: 2, rows: 1 });
  assertEquals(fit(cell, 1e6, 1e6), { cols: 500, rows: 300 });
});

Deno.test("fontThatFits() shrinks as far as needed and grows no further than wanted", () => {
  const at14 = { cell: { width: 8.4, height: 17 }, fontSize: 14, wanted: 14 };
  assertEquals(fontThatFits({ ...at14, cols: 40, width: 390 }), 14);
  assertEquals(fontThatFits({ ...at14, cols: 80, width: 390 }), 8);
  assertEquals(fontThatFits({ ...at14, cols: 400, width: 390 }), 6);
});

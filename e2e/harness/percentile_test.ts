import { assertEquals } from "@std/assert";
import { percentile } from "./percentile.ts";

Deno.test("percentile() takes the nearest rank", () => {
  const samples = [5, 1, 4, 2, 3];
  assertEquals(percentile(samples, 50), 3);
  assertEquals(percentile(samples, 99), 5);
  assertEquals(percentile(samples, 0), 1);
  assertEquals(percentile([7], 50), 7);
  assertEquals(percentile([], 50), NaN);
});

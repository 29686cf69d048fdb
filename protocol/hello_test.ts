import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { negotiate } from "./hello.ts";

Deno.test("[HE3] negotiate() finds the highest common version, or none", () => {
  const range = fc.tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 9 }))
    .map(([a, b]) => ({ min: Math.min(a, b), max: Math.max(a, b) }));
  fc.assert(fc.property(range, range, (ours, theirs) => {
    const common = [9, 8, 7, 6, 5, 4, 3, 2, 1].find((v) =>
      v >= ours.min && v <= ours.max && v >= theirs.min && v <= theirs.max
    );
    assertEquals(negotiate(ours, theirs), common);
  }));
});

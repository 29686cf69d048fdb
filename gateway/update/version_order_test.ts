import { assertEquals, assertThrows } from "@std/assert";
import { compareVersions, plainVersion } from "./version_order.ts";

Deno.test("compareVersions() orders by number, and pre-releases before their release", () => {
  const inOrder = ["0.9.0", "0.10.0", "1.0.0-rc.2", "1.0.0-rc.10", "1.0.0", "1.0.1"];
  const shuffled = inOrder.toReversed();
  assertEquals(shuffled.toSorted(compareVersions), inOrder);
  assertEquals(compareVersions("v1.2.3", "1.2.3"), 0);
  assertThrows(() => compareVersions("1.2", "1.2.3"), RangeError);
});

Deno.test("plainVersion() takes versions and nothing else", () => {
  assertEquals(plainVersion(" v1.2.3\n"), "1.2.3");
  for (const text of ["", "1.2", "latest", "1.2.3/..", "1.2.3-a/b"]) {
    assertEquals(plainVersion(text), undefined, text);
  }
});

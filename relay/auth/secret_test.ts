import { assert, assertEquals, assertMatch, assertNotEquals } from "@std/assert";
import { datedId, datedPrefix, hashSecret, newId, newSecret, sameText } from "./secret.ts";

Deno.test("secrets have 256 bits, ids 128, and no two are alike", () => {
  assertMatch(newSecret("ccg_"), /^ccg_[A-Za-z0-9_-]{43}$/);
  assertMatch(newId("h"), /^h_[A-Za-z0-9_-]{22}$/);
  assertNotEquals(newSecret(), newSecret());
});

Deno.test("hashSecret() is SHA-256 in base64url", async () => {
  assertEquals(await hashSecret("abc"), "ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0");
});

Deno.test("sameText() tells texts apart wherever they differ", () => {
  assert(sameText("", "") && sameText("abc", "abc"));
  for (const other of ["", "ab", "abcd", "xbc", "abx", "abcabc"]) {
    assert(!sameText("abc", other), other);
    assert(!sameText(other, "abc"), other);
  }
});

Deno.test("dated ids sort by time", () => {
  const [early, late] = [datedId(1_700_000_000_000), datedId(1_700_000_000_001)];
  assert(early < late);
  assert(datedPrefix(1_700_000_000_000) < early && early < datedPrefix(1_700_000_000_001));
});

import { assertEquals } from "@std/assert";
import { diffLines } from "./diff_lines.ts";

Deno.test("a diff is told apart line by line, also where its content looks like a header", () => {
  const { lines, added, removed } = diffLines(
    "--- a/x.sql\n+++ b/x.sql\n@@ -1,2 +1,2 @@\n same\n--- a comment that goes\n+-- one that comes\n" +
      "--- a/y\n+++ b/y\n@@ -1 +0,0 @@\n-y\n",
  );
  assertEquals(lines.map(({ kind }) => kind), [
    "file",
    "file",
    "place",
    "same",
    "removed",
    "added",
    "file",
    "file",
    "place",
    "removed",
  ]);
  assertEquals([added, removed], [1, 2]);
});

Deno.test("a diff without hunks has its lines too", () => {
  assertEquals(diffLines("+a\n-b").added, 1);
  assertEquals(diffLines("").lines, [{ kind: "same", text: "" }]);
});

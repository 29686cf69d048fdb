import { assertEquals } from "@std/assert";
import { readDirectives } from "./directives.ts";

Deno.test("readDirectives() finds what a prompt asks for among other words", () => {
  const asked = readDirectives(
    "please [[note:first]] then [[tool:echo a && true]] [[tool:ls]]\nand [[say:done\nwell]]",
  );
  assertEquals(asked.note, "first");
  assertEquals(asked.tools, ["echo a && true", "ls"]);
  assertEquals(asked.say, "done\nwell");
  assertEquals([asked.slow, asked.error, asked.hang, asked.drop], [
    undefined,
    undefined,
    false,
    false,
  ]);
});

Deno.test("readDirectives() knows errors that last and errors that pass", () => {
  assertEquals(readDirectives("[[error:429]]").error, { status: 429, times: Infinity });
  assertEquals(readDirectives("[[error:500x2]]").error, { status: 500, times: 2 });
});

Deno.test("readDirectives() tells commands and changes of files in their order", () => {
  const { tools } = readDirectives("[[write:/a|one\ntwo]] [[tool:ls | wc]] [[edit:/a|one|three]]");
  assertEquals(tools, [
    { path: "/a", before: undefined, after: "one\ntwo" },
    "ls | wc",
    { path: "/a", before: "one", after: "three" },
  ]);
});

Deno.test("readDirectives() takes nothing else for a directive", () => {
  for (const prompt of ["", "say:x", "[say:x]", "[[shout:x]]", "[[say:x]", "[[error:soon]]"]) {
    assertEquals(readDirectives(prompt), readDirectives("nothing"), prompt);
  }
});

import { assertEquals, assertMatch } from "@std/assert";
import { hostId, sessionId } from "@chatcode/protocol";
import { MAX_NOTE_TEXT, noteText, tagOf } from "./push_message.ts";

Deno.test("a note holds the first line that says something", () => {
  assertEquals(noteText("\n  \r\n  All   tests\tpass.  \nMore"), "All tests pass.");
  assertEquals(noteText(""), "");
  assertEquals(noteText("a\u0007b\u001b[31mc"), "a b [31mc");
  assertEquals(noteText("safe\u202Eevil\u2066x\u200B"), "safe evil x");
});

Deno.test("a long line is cut, and no character in two", () => {
  const cut = noteText("😀".repeat(200));
  assertEquals([cut.length <= MAX_NOTE_TEXT, cut.isWellFormed(), cut.at(-1)], [true, true, "…"]);
});

Deno.test("a tag is the session's own and fits a topic", async () => {
  const tag = await tagOf(hostId.parse("h_1"), sessionId.parse("s_1"));
  assertMatch(tag, /^[A-Za-z0-9_-]{32}$/);
  assertEquals(tag === await tagOf(hostId.parse("h_1"), sessionId.parse("s_2")), false);
  assertEquals(tag, await tagOf(hostId.parse("h_1"), sessionId.parse("s_1")));
});

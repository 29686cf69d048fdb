import { assertEquals } from "@std/assert";
import { keySequence, withCtrl } from "./keys.ts";

Deno.test("withCtrl() makes control characters of letters and leaves the rest", () => {
  assertEquals(["c", "C", "[", " ", "?", "é", "ab", "1"].map(withCtrl), [
    "\x03",
    "\x03",
    "\x1b",
    "\0",
    "\x7f",
    "é",
    "ab",
    "1",
  ]);
});

Deno.test("keySequence() follows the program's cursor key mode", () => {
  const plain = { application: false, ctrl: false };
  assertEquals(keySequence("up", plain), "\x1b[A");
  assertEquals(keySequence("left", { application: true, ctrl: false }), "\x1bOD");
  assertEquals(keySequence("right", { application: true, ctrl: true }), "\x1b[1;5C");
  assertEquals([keySequence("escape", plain), keySequence("tab", plain)], ["\x1b", "\t"]);
});

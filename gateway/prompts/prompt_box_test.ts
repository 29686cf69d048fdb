import { assertEquals } from "@std/assert";
import { endsInBox, isCommandInBox } from "./prompt_box.ts";

for (
  const [what, screen, isThere] of [
    ["behind a prompt sign", "Done.\n\n❯ /new\n  ? for shortcuts", true],
    ["in a frame", "╭────────╮\n│ > /new │\n╰────────╯", true],
    ["behind a bar", "  ┃\n  ┃  /new\n  ┃\n  ┃  Build", true],
    ["in a tip", "  ┃  Ask anything…\n  ● Tip Use /new or ctrl+x n to start afresh", false],
    ["in the list of what it may become", "❯ /ne\n  /new    Starts a new conversation", true],
    ["beside a column", "  ┃  /new        Context\n  ┃  Build", true],
    ["that is longer", "❯ /newer", false],
    ["far above", `❯ /new\n${"answer\n".repeat(20)}❯ `, false],
    ["nowhere", "❯ ", false],
  ] as const
) {
  Deno.test(`a command ${what} ${isThere ? "is" : "is not"} in the box`, () => {
    assertEquals(isCommandInBox(screen, "/new"), isThere);
  });
}

Deno.test("a prompt's end is looked for in the lower part of a screen only", () => {
  assertEquals(endsInBox("❯ explain the code", "please explain the code"), false);
  assertEquals(endsInBox("❯ please explain the code", "please explain the code"), true);
  assertEquals(endsInBox(`fix it\n${"answer\n".repeat(20)}❯ `, "fix it"), false);
});

import { assertEquals } from "@std/assert";
import { lineText } from "./line_text.ts";

Deno.test("lineText() leaves the text", () => {
  assertEquals(
    lineText("\x1b[1;38:2::1:2:3mred\x1b[0m and \x1b]8;;https://x.example\x1b\\link"),
    "red and link",
  );
  assertEquals(lineText("\x0eqqq\x0f plain"), "qqq plain");
});

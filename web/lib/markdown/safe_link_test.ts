import { assertEquals } from "@std/assert";
import { safeLink } from "./safe_link.ts";

Deno.test("only full addresses of web and mail become links", () => {
  assertEquals(safeLink("https://x.example/a?b#c"), "https://x.example/a?b#c");
  assertEquals(safeLink("mailto:ada@x.example"), "mailto:ada@x.example");
  for (
    const url of [
      "javascript:alert(1)",
      " java\nscript:alert(1)",
      "JAVASCRIPT:alert(1)",
      "data:text/html,<script>",
      "vbscript:x",
      "blob:https://x.example/1",
      "file:///etc/passwd",
      "//x.example",
      "/settings",
      "src/main.ts",
      "",
    ]
  ) assertEquals(safeLink(url), undefined, url);
});

import { assertEquals } from "@std/assert";
import { nextPath } from "./next_path.ts";

Deno.test("nextPath() stays on this site", () => {
  assertEquals(nextPath("/s/box/one?x=1"), "/s/box/one?x=1");
  for (
    const bad of [
      null,
      "",
      "https://evil.example/",
      "//evil.example",
      "/\\evil.example",
      "/\t/evil.example",
      "javascript:alert(1)",
    ]
  ) {
    assertEquals(nextPath(bad), "/");
  }
});

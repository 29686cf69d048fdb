import { assertEquals } from "@std/assert";
import { XTERM_CSS } from "./dev.ts";

Deno.test("static/vendor/xterm.css is that of the xterm in the import map", async () => {
  assertEquals(
    await Deno.readTextFile(XTERM_CSS.static),
    await Deno.readTextFile(XTERM_CSS.package),
  );
});

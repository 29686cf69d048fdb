import { assertEquals } from "@std/assert";
import { isShellWaiting } from "./foreground.ts";

Deno.test("[SE2] only a shell can wait, and by its name alone where there is no /proc", () => {
  assertEquals(isShellWaiting("vim", Deno.pid), false);
  const nobody = 2 ** 30;
  for (const name of ["sh", "-bash", "zsh", "fish"]) {
    assertEquals(isShellWaiting(name, nobody), true, name);
  }
});

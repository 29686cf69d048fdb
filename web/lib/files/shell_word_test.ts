import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { shellWord } from "./shell_word.ts";

Deno.test("a plain path stands as it is, anything else in quotes", () => {
  assertEquals(
    shellWord("/home/ada/work/uploads/2026-11-20/a.png"),
    "/home/ada/work/uploads/2026-11-20/a.png",
  );
  assertEquals(
    shellWord("/home/ada/my pictures/it's $HOME.png"),
    `'/home/ada/my pictures/it'\\''s $HOME.png'`,
  );
  assertEquals(shellWord("-rf"), "'-rf'");
  assertEquals(shellWord("a\nrm -rf ~\r"), "'arm -rf ~'");
  assertEquals(shellWord(""), "''");
});

Deno.test("a shell reads any of them as the one word it was", async () => {
  const texts = fc.sample(fc.string({ unit: "grapheme", maxLength: 20 }), 200)
    // deno-lint-ignore no-control-regex
    .map((text) => text.replaceAll(/[\x00-\x1f\x7f-\x9f]/g, "").toWellFormed());
  const script = texts.map((text) => `printf '%s\\n' ${shellWord(text)}`).join("\n");
  const { stdout } = await new Deno.Command("sh", { args: ["-c", script] }).output();
  assertEquals(new TextDecoder().decode(stdout).split("\n").slice(0, -1), texts);
});

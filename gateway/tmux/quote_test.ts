import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { PrivateTmux } from "./private_tmux.ts";
import { literalArgument, quote } from "./quote.ts";

Deno.test("quote() leaves plain words alone and refuses NUL", () => {
  assertEquals(quote("=abc:"), "=abc:");
  assertEquals(quote(""), '""');
  assertEquals(quote("a;b"), '"a\\073b"');
  assertThrows(() => quote("a\0b"), TypeError);
});

Deno.test("quote(): tmux reads back any text, and runs none of it", async () => {
  await using tmux = await PrivateTmux.open();
  const text = fc.oneof(
    fc.string({ maxLength: 60 }),
    fc.string({ unit: "binary", maxLength: 40 }),
    fc.constantFrom(
      "; kill-server",
      "'\"$HOME~#{pid}",
      "{ a }",
      "%if 1",
      "a\nb\r\\",
      "-x",
      "#(touch x)",
    ),
  ).filter((value) => !value.includes("\0"));
  await fc.assert(
    fc.asyncProperty(text, async (value) => {
      await tmux.control.run(`set-buffer -b q -- ${quote("=" + value)}`);
      const { stdout } = await tmux.commands.run(["show-buffer", "-b", "q"]);
      assertEquals(stdout, new TextDecoder().decode(new TextEncoder().encode("=" + value)));
    }),
    { numRuns: 150 },
  );
});

Deno.test("literalArgument(): a trailing semicolon ends no command", async () => {
  await using tmux = await PrivateTmux.open();
  for (const value of ["a;", ";", "\\;", "a;b", "x;;"]) {
    await tmux.commands.must(["set-buffer", "-b", "q", "--", literalArgument(value)]);
    assertEquals(await tmux.commands.must(["show-buffer", "-b", "q"]), value);
  }
});

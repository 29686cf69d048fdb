import { assertEquals } from "@std/assert";
import { commandLine, commandText } from "./command_line.ts";

Deno.test("commandLine() runs plain words, and leaves the rest to a shell", () => {
  assertEquals(commandLine("  "), []);
  assertEquals(commandLine(" npm  run dev "), ["npm", "run", "dev"]);
  assertEquals(commandLine("make | tee log"), ["/bin/sh", "-c", "make | tee log"]);
  assertEquals(commandLine(`echo "a b"`), ["/bin/sh", "-c", `echo "a b"`]);
});

Deno.test("commandText() shows what was typed", () => {
  for (const text of ["", "npm run dev", "make | tee log"]) {
    assertEquals(commandText(commandLine(text)), text);
  }
});

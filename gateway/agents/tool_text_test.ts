import { assertEquals } from "@std/assert";
import { commandOf, errorText, toolOutput, toolSummary } from "./tool_text.ts";

Deno.test("toolSummary() of a patch names its files", () => {
  const command = "*** Begin Patch\n*** Add File: /project/a.ts\n+x\n*** Update File: b.ts\n@@\n" +
    "-y\n+z\n*** End Patch";
  assertEquals(toolSummary({ command }, "/project"), "a.ts, b.ts");
});

Deno.test("toolSummary() says what tells most, in one line, files relative to the folder", () => {
  const cwd = "/home/user/p";
  const cases: [Record<string, unknown>, string][] = [
    [{ command: "make  all\n&& ls", description: "builds" }, "make all && ls"],
    [{ command: ["/bin/bash", "-lc", "make all"] }, "make all"],
    [{ file_path: "/home/user/p/src/a.ts", content: "…" }, "src/a.ts"],
    [{ filePath: "/home/user/pp/a.ts" }, "/home/user/pp/a.ts"],
    [{ pattern: "TODO", path: "/home/user/p/src" }, "TODO in src"],
    [{ pattern: "TODO", path: "/home/user/p" }, "TODO in ."],
    [{ pattern: "TODO" }, "TODO"],
    [{ unheard: 1, of: "this" }, "this"],
    [{}, ""],
  ];
  for (const [input, summary] of cases) assertEquals(toolSummary(input, cwd), summary);
  assertEquals(toolSummary({ command: "x".repeat(1_000) }, cwd).length, 400);
});

Deno.test("commandOf() loses a shell that only wraps the command", () => {
  assertEquals(commandOf(["/bin/zsh", "-c", "a b"]), "a b");
  assertEquals(commandOf(["git", "log", "-1"]), "git log -1");
  assertEquals(commandOf(undefined), "");
});

Deno.test("toolOutput() leaves out what steers a terminal", () => {
  assertEquals(toolOutput("\x1b[1;31mred\x1b[0m \x1b]0;title\x07x\x1b(B\x1b"), "red xB");
});

Deno.test("errorText() digs the message out of a provider's JSON", () => {
  assertEquals(errorText('{"error":{"type":"t","message":"told"}}'), "told");
  assertEquals(
    errorText('[API Error: {"error":{"code":400,"message":"told"}}]'),
    "API Error: told",
  );
  assertEquals(
    errorText('400 {"message":"{\\"error\\":{\\"message\\":\\"inner\\"}}"}'),
    "400: inner",
  );
  assertEquals(errorText("plain {not JSON}"), "plain {not JSON}");
  assertEquals(errorText('{"a":1}'), '{"a":1}');
});

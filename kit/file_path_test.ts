import { assertEquals } from "@std/assert";
import { filePath, linkedPath, splitPaths } from "./file_path.ts";

for (
  const [text, path] of [
    ["src/auth/session.ts", "src/auth/session.ts"],
    ["src/auth/session.ts:12", "src/auth/session.ts"],
    ["src/auth/session.ts:12:5", "src/auth/session.ts"],
    ["src/a.ts#L3-L9", "src/a.ts"],
    ["README.md", "README.md"],
    ["./build.sh", "./build.sh"],
    ["../other/x.py", "../other/x.py"],
    ["~/notes/todo.txt", "~/notes/todo.txt"],
    ["/home/ada/work/Makefile", "/home/ada/work/Makefile"],
    ["/tmp/report.pdf", "/tmp/report.pdf"],
    [".env", ".env"],
    ["web/routes/[host].tsx", "web/routes/[host].tsx"],
    ["Deno.serve", undefined],
    ["foo.bar()", undefined],
    ["and/or", undefined],
    ["1.2.3", undefined],
    ["v1.0", undefined],
    ["src/**/*.ts", undefined],
    ["src/", undefined],
    ["npm test", undefined],
    ["https://x.example/a.html", undefined],
    ["--config=a.json", undefined],
    ["/api/voice", undefined],
    ["user@host:file.txt", undefined],
    ["...", undefined],
    ["$HOME/a.ts", undefined],
    ["a;rm.sh", undefined],
    ["x".repeat(2_000) + ".ts", undefined],
  ] as const
) {
  Deno.test(`\`${text.slice(0, 40)}\` is ${path === undefined ? "no path" : "a path"}`, () => {
    assertEquals(filePath(text), path);
  });
}

Deno.test("paths are found in prose, and what only looks like one is not", () => {
  const pieces = splitPaths(
    "I changed src/a.ts:4 and ./b/c.py, see http://x.example/d/e.html (or/and v1.2/3.ts?) e.g. this.",
  );
  assertEquals(pieces.flatMap(({ path }) => path ?? []), ["src/a.ts", "./b/c.py", "v1.2/3.ts"]);
  assertEquals(
    pieces.map(({ text }) => text).join(""),
    "I changed src/a.ts:4 and ./b/c.py, see http://x.example/d/e.html (or/and v1.2/3.ts?) e.g. this.",
  );
  assertEquals(splitPaths("nothing here"), [{ text: "nothing here" }]);
  assertEquals(splitPaths(""), []);
});

Deno.test("no text keeps the page busy", () => {
  const parts = ["a+", "a.", "a/", "a-", "a@", "~/", "../", "a.b/", ":1", "a.ts:1:", "./.", "a b."];
  for (const part of parts) {
    const text = part.repeat(100_000 / part.length);
    const before = performance.now();
    splitPaths(text);
    filePath(text);
    linkedPath(text);
    const ms = performance.now() - before;
    assertEquals(ms < 2_000, true, `"${part}": ${ms} ms`);
  }
});

Deno.test("links that lead to files lead there", () => {
  assertEquals(linkedPath("src/a%20b.ts"), undefined);
  assertEquals(linkedPath("src/b.ts:12"), "src/b.ts");
  assertEquals(linkedPath("file:///home/ada/b.ts"), "/home/ada/b.ts");
  assertEquals(linkedPath("%"), undefined);
  assertEquals(linkedPath("javascript:alert(1)"), undefined);
});

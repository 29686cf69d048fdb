import { assertEquals } from "@std/assert";
import { namedPaths } from "./named_paths.ts";

Deno.test("[TG5] paths are found where the page finds them: in code, links and prose", () => {
  const markdown = [
    "I wrote `notes.md` and **src/auth/session.ts:12**, see [the plot](out/plot.png).",
    "",
    "- [x] also `~/report.pdf`",
    "",
    "| file | why |",
    "| --- | --- |",
    "| `a/b.ts` | [it][log] |",
    "",
    "![shot](shots/one.webp) and `notes.md` again",
    "",
    "[log]: /tmp/run.log",
  ].join("\n");
  assertEquals(namedPaths(markdown, 10), [
    "notes.md",
    "src/auth/session.ts",
    "out/plot.png",
    "~/report.pdf",
    "a/b.ts",
    "/tmp/run.log",
    "shots/one.webp",
  ]);
  assertEquals(namedPaths(markdown, 3), ["notes.md", "src/auth/session.ts", "out/plot.png"]);
});

Deno.test("[TG5] what is none of the machine's files is passed over", () => {
  const markdown = [
    "See https://x.example/a.html, [docs](https://x.example/b.html), www.x.example/c.html,",
    "ada@x.example, `npm test`, `Deno.serve`, and/or <b title='src/x.ts'>this</b>.",
    "",
    "```sh",
    "cat src/in_a_block.ts",
    "```",
  ].join("\n");
  assertEquals(namedPaths(markdown, 10), []);
  assertEquals(namedPaths("", 3), []);
});

Deno.test("[TG5] no text keeps the relay busy", () => {
  const texts = [
    "a/b.ts ".repeat(20_000),
    "`".repeat(50_000),
    "[".repeat(50_000),
    `${"> ".repeat(5_000)}a/b.ts`,
    `${"**a ".repeat(400)}a/b.ts`,
    "a.b/".repeat(25_000),
  ];
  for (const text of texts) {
    const before = performance.now();
    namedPaths(text, 3);
    const ms = performance.now() - before;
    assertEquals(ms < 5_000, true, `"${text.slice(0, 20)}": ${ms} ms`);
  }
});

import { assertEquals, assertLess } from "@std/assert";
import { richText } from "./markdown.ts";
import { ink } from "./testing/judge.ts";

/** Each entity as its type and the text it covers. */
function formed(markdown: string): { text: string; forms: string[] } {
  const { text, entities } = richText(markdown);
  const forms = entities.map((entity) => {
    const covered = text.slice(entity.offset, entity.offset + entity.length);
    const more = entity.type === "text_link"
      ? ` -> ${entity.url}`
      : entity.type === "pre"
      ? ` ${entity.language ?? "-"}`
      : "";
    return `${entity.type}${more}: ${covered}`;
  });
  return { text, forms };
}

Deno.test("[TG4] emphasis nests, and code holds nothing", () => {
  assertEquals(formed("**bold *both* `code` more** and ~~gone~~ in ~/src~"), {
    text: "bold both code more and gone in ~/src~",
    forms: ["bold: bold both", "italic: both", "code: code", "bold: more", "strikethrough: gone"],
  });
});

Deno.test("[TG4] a block of code keeps its language and the indent of its first line", () => {
  const { text, forms } = formed("```ts\n  a();\n\tb();\n```");
  assertEquals(text, "\u00a0\u00a0a();\n    b();");
  assertEquals(forms, ["pre ts: \u00a0\u00a0a();\n    b();"]);
  assertEquals(formed("```12:15:src/a.ts\nx\n```"), {
    text: "12:15:src/a.ts\nx",
    forms: ["code: 12:15:src/a.ts", "pre -: x"],
  });
});

Deno.test("[TG4] links: safe ones open, the others are text with their address", () => {
  assertEquals(
    formed(
      "[a](https://example.com/x) [b](javascript:alert) [c](http://localhost:3000) [d](a/b.ts)",
    ),
    {
      text: "a b (javascript:alert) c (http://localhost:3000) d (a/b.ts)",
      forms: ["text_link -> https://example.com/x: a"],
    },
  );
  assertEquals(
    formed("https://example.com/a www.example.com me@example.com").text,
    [
      "https://example.com/a",
      "www.example.com",
      "me@example.com",
    ].join(" "),
  );
  const resolve = (path: string) => path === "a/b.ts" ? "https://relay.example/p/1" : undefined;
  assertEquals(richText("[d](a/b.ts)", { resolve }).entities, [
    { type: "text_link", offset: 0, length: 1, url: "https://relay.example/p/1" },
  ]);
});

Deno.test("[TG4] lists: nested, numbered from where they start, with tasks", () => {
  assertEquals(
    formed("- a\n  - b\n    1. c\n    2. d\n- e\n\n  more\n\n3. x\n4. y\n\n- [ ] open\n- [x] done")
      .text,
    "• a\n   ◦ b\n      1. c\n      2. d\n• e\n\n   more\n\n3. x\n4. y\n\n☐ open\n☑ done",
  );
});

Deno.test("[TG4] a table that fits is drawn, East Asian characters two wide", () => {
  assertEquals(formed("| name | n |\n|:--|--:|\n| 日本 | 22 |\n| [x](y) | 1 |"), {
    text: "name  │  n\n──────┼───\n日本  │ 22\nx (y) │  1",
    forms: ["pre -: name  │  n\n──────┼───\n日本  │ 22\nx (y) │  1"],
  });
});

Deno.test("[TG4] a table that is too wide is told row by row", () => {
  const { text, forms } = formed(
    "| a long name of a column | another, longer name |\n|---|---|\n| `one` | two |\n| three |",
  );
  assertEquals(
    text,
    [
      "• a long name of a column: one",
      "   another, longer name: two",
      "• a long name of a column: three",
      "   another, longer name:",
    ].join("\n"),
  );
  assertEquals(forms, ["code: one", "bold: three"]);
});

Deno.test("[TG4] quotes: one in another is marked, a long one opens when touched", () => {
  assertEquals(formed("> a\n> > b\n> > c\n>\n> d"), {
    text: "a\n│ b\n│ c\n\nd",
    forms: ["blockquote: a\n│ b\n│ c\n\nd"],
  });
  assertEquals(formed("> line\n".repeat(10)).forms[0]?.split(":")[0], "expandable_blockquote");
});

Deno.test("[TG4] headings, rules, images, HTML and footnotes", () => {
  assertEquals(formed("# One\n\n### Three\n\n---\n\n![alt](https://example.com/a.png)").forms, [
    "bold: One",
    "bold: Three",
    "italic: Three",
    "text_link -> https://example.com/a.png: 🖼 alt",
  ]);
  assertEquals(formed("a<br>b <b>c</b>\n\n<!-- d -->").text, "a\nb <b>c</b>\n\n<!-- d -->");
  assertEquals(formed("a[^1] b\n\n[^1]: the *note*\n\nc").text, "a[1] b\n\nc\n\n[1] the note");
});

Deno.test("[TG4] a definition that nothing refers to is text", () => {
  assertEquals(
    formed("[error]: gone\n\n[a][b]\n\n[b]: https://example.com").text,
    "[error]: gone\n\na",
  );
});

for (
  const [what, markdown] of [
    ["quotes", ">".repeat(65_000)],
    ["lists", "1. ".repeat(21_000)],
    ["emphasis", "*_".repeat(32_000)],
    ["emphasis behind a fence that is none", "   ```\n```\n" + "*_".repeat(32_000)],
    ["brackets", "[a](b".repeat(13_000)],
    ["headings", "a\n=\n".repeat(16_000)],
  ] as const
) {
  Deno.test(`[TG4] ${what} without end cost little time and lose nothing`, () => {
    const startMs = performance.now();
    assertEquals(ink(richText(markdown).text), ink(markdown));
    assertLess(performance.now() - startMs, 5_000);
  });
}

import fc from "fast-check";

/** What breaks renderers and splitters: each stands for itself in the middle of a document. */
export const HOSTILE: readonly string[] = [
  "\ud83d", // half an emoji
  "\udc4d\ud83d",
  "\u0000\u0007\u001b[31mred\u001b[0m\u007f",
  "a\tb\t\tc\r\nd\re",
  "\u2028\u2029\u202e\u202atrojan\u202c\u2066x\u2069",
  "a\u030a\u0333\u033f", // what Telegram removes
  "Z\u0335\u0321\u034b\u0300a\u0316l\u0317g\u0318o\u0319".repeat(40),
  "👩‍👩‍👧‍👦".repeat(500), // eleven units each
  "🇩🇪🇯🇵🇺🇸".repeat(400),
  "字".repeat(5_000), // no place to cut at
  "x".repeat(9_000),
  "עברית עם *הדגשה* ו-`קוד` ‏‎‏‎",
  "**bold *both** italic*",
  "***a** b*** **c *d `e* f` g**",
  "[`code` in **link**](https://example.com/a?b=c&d=%20#e)",
  "[js](javascript:alert(1)) [d](data:text/html,x) [l](http://localhost:3000) [t](tg://user?id=1)",
  "[![badge](https://img.example.com/x.svg)](https://ci.example.com)",
  "[![badge](x.svg)](y) ![](https://example.com/a_b/c.png?x#y) ![alt](data:image/png;base64,AAAA)",
  "[unclosed](https://example.com [a][b] [c][]",
  "https://example.com/a_(b)_c?d=e_f. www.example.org, me@example.com",
  "<script>alert('x')</script> <b>b</b><br>c &lt;d&gt; &amp;amp; &#0; &#x110000;",
  "<!-- a comment -->",
  "<details>\n<summary>More</summary>\n\n**inside**\n\n</details>",
  "/start@bot #tag @name +1 234 567 89 00 1:23",
  "`` ` `` ` `` ``` a `b` ``` `unclosed",
  "\\*not\\* \\_it\\_ \\\\ \\`",
  "$a_b$ snake_case_name __init__ 2*3*4 a ** b",
  "[INFO]: started",
  "[^1] and [^none]",
  "- [ ] task\n- [x] done\n  - [X] deep\n1. one\n5. five\n- *",
  "> a\n> > b\n> > > c\nlazy\n>\n> ```\n> code\n> ```",
  "1. a\n\n   ```sh\n   cd /tmp\n   ```\n2. > quote in item\n   - list in item",
  "```\nunclosed fence with ``` inside\n    indented",
  "````md\n```js\nx\n```\n````",
  '```c++ title="a b"\n\tif (x) {\n\t\ty();\n\t}\n```',
  "```12:34:src/a file.ts\ncode\n```",
  "    indented code\n\tand tab",
  "~~~\n\n\n   spaces in front\n~~~",
  "```\n" + "  a line of code that goes on\n".repeat(400) + "```",
  "```\n" + "no_break".repeat(1_200) + "\n```",
  "| a | b |\n|---|:-:|\n| 1 | 日本語 | extra |\n| `x|y` | a\\|b |\n| only |",
  "| " + "wide column | ".repeat(12) + "\n|" + "---|".repeat(12) + "\n| " +
  "cell **b** | ".repeat(12),
  "| h |\n|---|",
  "a\n===\nb\n---\n# c #\n####### seven",
  "***\n---\n___",
  "`a` ".repeat(300),
  "**b** *i* ".repeat(150),
  "> " + "long quote ".repeat(700),
  "> line\n".repeat(30),
  "- ".repeat(20) + "deep",
  ">".repeat(20) + " deep",
  "- a\n".repeat(200),
  " \u00a0\u200b\u3000 ",
  "\ufeff",
];

/** A document, and words in it that must be seen: each stands in it once. */
export interface GeneratedDocument {
  readonly markdown: string;
  /** In the order in which they are to be seen. */
  readonly words: readonly string[];
}

/** `§` stands for a word of its own, which is put in when the document is whole. */
const word = fc.constantFrom("§", "§ §", "§ and §", "the §", "a §, then");

const phrase: fc.Arbitrary<string> = fc.letrec<{ phrase: string }>((tie) => ({
  phrase: fc.oneof(
    { maxDepth: 3, depthIdentifier: "phrase" },
    word,
    word.map((inner) => `\`${inner}\``),
    tie("phrase").map((inner) => `**${inner}**`),
    tie("phrase").map((inner) => `*${inner}*`),
    tie("phrase").map((inner) => `_${inner}_`),
    // Not nested: three tildes at the front of a line would be a fence.
    word.map((inner) => `~~${inner}~~`),
    tie("phrase").map((inner) => `[${inner}](https://example.com/page)`),
    tie("phrase").map((inner) => `[${inner}](src/file.ts)`),
    word.map((inner) => `![${inner}](https://example.com/picture.png)`),
    fc.tuple(tie("phrase"), tie("phrase")).map(([a, b]) => `${a} ${b}`),
    fc.tuple(tie("phrase"), tie("phrase")).map(([a, b]) => `${a}  \n${b}`),
  ),
})).phrase;

const line = phrase.map((inner) => inner.replaceAll(/\s*\n\s*/g, " "));
const language = fc.constantFrom("", "ts", "sh", "python", "c++", "objective-c");
const codeLines = fc.array(
  fc.tuple(fc.integer({ min: 0, max: 8 }), word).map(([indent, text]) => " ".repeat(indent) + text),
  { minLength: 1, maxLength: 40 },
);

const block: fc.Arbitrary<string> = fc.letrec<{ block: string }>((tie) => {
  const blocks = fc.array(tie("block"), { minLength: 1, maxLength: 3, depthIdentifier: "block" })
    .map((inner) => inner.join("\n\n"));
  return {
    block: fc.oneof(
      { maxDepth: 3, depthIdentifier: "block" },
      { weight: 4, arbitrary: phrase },
      { weight: 1, arbitrary: line.chain((text) => level.map((marks) => `${marks} ${text}`)) },
      { weight: 1, arbitrary: fc.constant("---") },
      {
        weight: 2,
        arbitrary: fc.tuple(language, codeLines).map(([lang, lines]) =>
          `\`\`\`${lang}\n${lines.join("\n")}\n\`\`\``
        ),
      },
      { weight: 1, arbitrary: table(line) },
      { weight: 2, arbitrary: fc.array(blocks, { minLength: 1, maxLength: 4 }).map(list("- ")) },
      { weight: 1, arbitrary: fc.array(blocks, { minLength: 1, maxLength: 4 }).map(list("1. ")) },
      { weight: 1, arbitrary: blocks.map((inner) => inner.replaceAll(/^/gm, "> ")) },
    ),
  };
}).block;

const level = fc.constantFrom("#", "##", "###", "######");

function list(mark: string): (items: readonly string[]) => string {
  const indent = " ".repeat(mark.length);
  return (items) => items.map((item) => mark + item.replaceAll("\n", `\n${indent}`)).join("\n");
}

function table(cell: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return fc.integer({ min: 1, max: 4 }).chain((columns) =>
    fc.array(fc.array(cell, { minLength: columns, maxLength: columns }), {
      minLength: 1,
      maxLength: 6,
    }).map(([head, ...rows]) =>
      [head!.map(() => "head"), head!.map(() => "---"), head!, ...rows]
        .map((cells) => `| ${cells.join(" | ")} |`).join("\n")
    )
  );
}

/** Well-formed Markdown of every kind, whose every word is known. */
export const wellFormed: fc.Arbitrary<GeneratedDocument> = fc
  .array(block, { minLength: 1, maxLength: 12 })
  .map((blocks) => {
    const words: string[] = [];
    const markdown = blocks.join("\n\n").replaceAll("§", () => {
      const next = `w${words.length}x`;
      words.push(next);
      return next;
    });
    return { markdown, words };
  });

/** Anything: hostile parts, marks without partners, any characters, cut and glued at random. */
export const hostile: fc.Arbitrary<string> = fc
  .array(
    fc.oneof(
      { weight: 4, arbitrary: fc.constantFrom(...HOSTILE) },
      { weight: 2, arbitrary: block.map((text) => text.replaceAll("§", "word")) },
      { weight: 2, arbitrary: fc.string({ unit: "binary", maxLength: 60 }) },
      {
        weight: 2,
        arbitrary: fc.array(fc.constantFrom(..."*_~`[]()!<>|#-+.1 \n\\&:\t"), { maxLength: 60 })
          .map((marks) => marks.join("")),
      },
      {
        weight: 1,
        arbitrary: fc.constantFrom(...HOSTILE).chain((part) =>
          fc.nat(part.length).map((end) => part.slice(0, end))
        ),
      },
    ).chain((part) =>
      fc.constantFrom("\n\n", "\n", " ", "", "\n> ", "\n- ").map((glue) => part + glue)
    ),
    { minLength: 1, maxLength: 14 },
  )
  .map((parts) => parts.join(""));

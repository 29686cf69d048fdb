import { assertEquals, assertStringIncludes } from "@std/assert";
import fc from "fast-check";
import { render } from "preact-render-to-string";
import { parseMarkdown } from "../../lib/markdown/parser.ts";
import { draw } from "./Markdown.tsx";

const html = (text: string) => render(<div>{draw(parseMarkdown(text))}</div>);
const TAGS =
  /<(?!\/?(?:div|p|h2|h3|strong|em|del|br|hr|blockquote|code|pre|ol|ul|li|span|a|sup|table|thead|tbody|tr|th|td|button|svg|path)[\s/>])/;

Deno.test("Markdown becomes elements", () => {
  assertEquals(html("a *b* `c`"), "<div><p>a <em>b</em> <code>c</code></p></div>");
  assertStringIncludes(html("[x][1]\n\n[1]: https://x.example"), 'href="https://x.example/"');
  assertStringIncludes(html("https://x.example/a"), 'rel="noopener noreferrer nofollow"');
  assertStringIncludes(html("3. a\n4. b"), '<ol start="3">');
});

Deno.test("nothing an agent writes becomes HTML, a script or an image", () => {
  const piece = fc.constantFrom(
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "[a](javascript:alert(1))",
    "![a](https://x.example/track.png)",
    "<javascript:alert(1)>",
    "[b]: data:text/html,x",
    "[a][b]",
    "&lt;script&gt;",
    "`<b>`",
    "\n\n",
    "```html\n<b>\n",
    "| <i> | b |\n| - | - |\n| c | d |",
    "- [ ] ",
    "> ",
    "# ",
    '" onclick="alert(1)',
    "[^1]: <b>",
    "[^1]",
  );
  fc.assert(fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
    const out = html(pieces.join(" "));
    assertEquals(TAGS.exec(out), null, out);
    assertEquals(
      /<[^>]*\s(?:on\w+|src|href="(?!https:\/\/x\.example|mailto:))/.exec(out),
      null,
      out,
    );
  }));
});

Deno.test("what would keep the page busy is shown as it was written", () => {
  const text = "**a".repeat(20_000);
  assertEquals(html(text).includes(text), true);
});

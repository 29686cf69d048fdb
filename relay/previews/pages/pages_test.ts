import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { diffContent } from "./diff_page.ts";
import { markdownContent } from "./markdown_page.ts";
import { pageHtml, sizeText } from "./page.ts";
import { textContent } from "./text_page.ts";

const head = { name: "a<b>&.md", size: 1, canDownload: true };

Deno.test("[PV2] nothing in a file becomes markup of the page", () => {
  const hostile = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "</pre></main><h1 onclick=x>",
    "<!--", // a comment that would never end
    '"><svg onload=alert(1)>',
  ];
  for (const text of hostile) {
    for (
      const content of [textContent(text, "a.html"), diffContent(`+${text}`), markdownContent(text)]
    ) {
      const html = pageHtml(head, content);
      const body = html.slice(html.indexOf("<main>"));
      assert(!/<(script|img|svg|h1)\b/i.test(body), html.slice(html.indexOf("<main>")));
      assert(!/\son\w+=/i.test(body.replace(/&#x3C;[^]*?>/g, "")), body);
    }
    assert(!pageHtml({ ...head, name: text }, []).includes(text));
  }
});

Deno.test("[PV2] a framed page has no head of its own, and its other pages are framed too", () => {
  const page = { number: 2, count: 3 };
  const framed = pageHtml({ ...head, page, isFramed: true }, []);
  assert(!framed.includes("<h1"), framed);
  assert(!framed.includes("?download"), framed);
  assertStringIncludes(framed, 'href="?page=3&#x26;framed"');
  assertStringIncludes(pageHtml({ ...head, page }, []), 'href="?page=3"');
});

Deno.test("[PV2] links in Markdown lead to the web, in a tab of their own, or nowhere", () => {
  const html = pageHtml(
    head,
    markdownContent([
      "[a](https://x.example/)",
      "[b](javascript:alert(1))",
      "[c](JAVASCRIPT:alert(1))",
      "[d](data:text/html,x)",
      "[e](../other.md)",
      "[f](//x.example)",
      "![g](https://x.example/pixel.png)",
      "[h]: javascript:alert(1)",
      "[h]",
      "<javascript:alert(1)>",
      "[i](vbscript:x)",
    ].join("\n\n")),
  );
  const main = html.slice(html.indexOf("<main>"));
  const hrefs = [...main.matchAll(/href="([^"]*)"/g)].map(([, href]) => href);
  assertEquals(hrefs, ["https://x.example/"]);
  assertStringIncludes(main, 'rel="noopener noreferrer nofollow" target="_blank"');
  assert(!main.includes("<img"));
});

Deno.test("[PV2] Markdown of every kind becomes prose", () => {
  const text =
    "# T\n\n- [x] done\n\n| a |\n|---|\n| 1 |\n\n~~no~~ `code`\n\n```ts\nconst x = 1;\n```\n\nfoot[^1]\n\n[^1]: note";
  const html = pageHtml(head, markdownContent(text));
  for (
    const piece of ["<h1>T</h1>", "<table>", "<del>no</del>", "hljs-keyword", "checkbox", "note"]
  ) {
    assertStringIncludes(html, piece);
  }
});

Deno.test("[PV2] sizes are told in the units that fit", () => {
  assertEquals([0, 999, 1_000, 15_300, 2 ** 40].map(sizeText), [
    "0 bytes",
    "999 bytes",
    "1.0 KB",
    "15 KB",
    "1.1 TB",
  ]);
});

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { skipWhen } from "../../kit/testing/skip.ts";
import { waitFor } from "../../kit/testing/wait_for.ts";
import { missingChromium, PHONE, type Tab, TestBrowser } from "../harness/browser.ts";
import { screenshot } from "../harness/screenshot.ts";
import { content, digest, FileSite, writeContent } from "./file_site.ts";

/** Says whether any script ran: each of these files tries to. */
const SCRIPT = "<script>document.documentElement.dataset.ran='yes';document.title='ran'</script>";

const MARKDOWN = `# Release notes

Faster, and **safer**. ${SCRIPT} <img src=x onerror="document.title='ran'">

| what | how much |
| ---- | -------- |
| echo | 1.2 ms   |

- [x] done
- [a link](https://example.com/) and [a trap](javascript:document.title='ran')

\`\`\`ts
export const limit: number = 5; // minutes
\`\`\`
`;

const DIFF = `diff --git a/a.ts b/a.ts
--- a/a.ts
+++ b/a.ts
@@ -1,2 +1,2 @@
-const a = 1;
+const a = 2; ${SCRIPT}
`;

const SVG = `<svg xmlns="http://www.w3.org/2000/svg" width="320" height="200">
<rect width="320" height="200" fill="teal"/><script>document.documentElement.setAttribute("data-ran","yes")</script></svg>`;

const PDF = `%PDF-1.4
1 0 obj<</Type/Catalog/Pages 2 0 R/OpenAction<</S/JavaScript/JS(app.alert\\(1\\))>>>>endobj
2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj
3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 200]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>endobj
4 0 obj<</Length 44>>stream
BT /F1 24 Tf 50 100 Td (Hello PDF) Tj ET
endstream endobj
5 0 obj<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>endobj
trailer<</Root 1 0 R>>
`;

const PNG = Uint8Array.from(
  atob(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGNgYGD4DwABBAEAX+XDSwAAAABJRU5ErkJggg==",
  ),
  (letter) => letter.charCodeAt(0),
);

async function furnish(files: FileSite): Promise<void> {
  const texts = {
    "notes.md": MARKDOWN,
    "change.diff": DIFF,
    "drawing.svg": SVG,
    "paper.pdf": PDF,
    "page.html": `<!doctype html><title>mine</title>${SCRIPT}<p>text`,
    "code.ts": `export const x = "</pre>${SCRIPT}";\n`,
    "long.log": Array.from({ length: 30_000 }, (_, n) => `line ${n} of a long log`).join("\n"),
  };
  for (const [name, text] of Object.entries(texts)) {
    await Deno.writeTextFile(files.path(name), text);
  }
  await Deno.writeFile(files.path("dot.png"), PNG);
  await Deno.writeFile(files.path("program"), new Uint8Array([0x7f, 0x45, 0x4c, 0x46, 0, 1, 2]));
}

Deno.test("[PV1] [PV2] links by HTTP: ranges, conditions, downloads, and headers that keep it in", async (t) => {
  await using files = await FileSite.start();
  await furnish(files);
  const size = 5_000_001;
  await writeContent(files.path('dätei "x".bin'), size);
  const { url } = await files.link('dätei "x".bin');
  const get = (query: string, headers: Record<string, string> = {}, method = "GET") =>
    fetch(`${url}${query}`, { headers, method });

  await t.step("a download is the file, under its own name", async () => {
    const res = await get("?download");
    assertEquals(res.headers.get("content-length"), String(size));
    assertEquals(
      res.headers.get("content-disposition"),
      `attachment; filename="da_tei _x_.bin"; filename*=UTF-8''d%C3%A4tei%20%22x%22.bin`,
    );
    assertEquals(await digest(res.body!), await digest(content(size)));
  });
  await t.step("HEAD tells the same without the bytes", async () => {
    const res = await get("?download", {}, "HEAD");
    assertEquals([res.status, res.headers.get("content-length")], [200, String(size)]);
    assertEquals(res.headers.get("accept-ranges"), "bytes");
    assertEquals(await res.text(), "");
  });
  await t.step("ranges are parts of it", async () => {
    const part = async (range: string) => {
      const res = await get("?download", { range });
      return [res.status, res.headers.get("content-range"), (await res.bytes()).length];
    };
    assertEquals(await part("bytes=0-99"), [206, `bytes 0-99/${size}`, 100]);
    assertEquals(await part("bytes=-1"), [206, `bytes ${size - 1}-${size - 1}/${size}`, 1]);
    assertEquals(await part("bytes=5000000-"), [206, `bytes 5000000-5000000/${size}`, 1]);
    assertEquals(await part(`bytes=${size}-`), [416, `bytes */${size}`, 0]);
    assertEquals(await part("bytes=9-3"), [200, null, size]);
  });
  await t.step("conditions spare the bytes, and a changed file is sent whole", async () => {
    const first = await get("?download", {}, "HEAD");
    const etag = first.headers.get("etag")!;
    const date = first.headers.get("last-modified")!;
    assertEquals((await get("?download", { "if-none-match": etag })).status, 304);
    assertEquals((await get("?download", { "if-modified-since": date })).status, 304);
    const fits = await get("?download", { range: "bytes=0-9", "if-range": etag });
    assertEquals([fits.status, (await fits.bytes()).length], [206, 10]);
    const stale = await get("?download", { range: "bytes=0-9", "if-range": '"old"' });
    assertEquals([stale.status, (await stale.bytes()).length], [200, size]);
  });
  await t.step("no answer may run or fetch anything, or be kept", async () => {
    for (
      const name of ["notes.md", "drawing.svg", "page.html", "dot.png", "paper.pdf", "program"]
    ) {
      for (const query of ["", "?raw", "?download"]) {
        const { url } = await files.link(name);
        const res = await fetch(`${url}${query}`);
        await res.body?.cancel();
        assertEquals(res.status, 200);
        const policy = res.headers.get("content-security-policy") ?? "";
        assert(policy.startsWith("default-src 'none'"), policy);
        assert(
          /; sandbox( allow-downloads allow-popups allow-popups-to-escape-sandbox)?$/.test(policy),
        );
        assert(!policy.includes("allow-scripts") && !policy.includes("script-src"));
        assertEquals(res.headers.get("x-content-type-options"), "nosniff");
        assertEquals(res.headers.get("referrer-policy"), "no-referrer");
        assertStringIncludes(res.headers.get("cache-control") ?? "", "no-store");
        assertEquals(res.headers.get("set-cookie"), null);
        const type = res.headers.get("content-type") ?? "";
        assert(!/javascript|xhtml/.test(type), type);
        if (query !== "") assert(!type.startsWith("text/html"), `${name}${query}: ${type}`);
      }
    }
  });
  await t.step("a long text comes in pieces that are the whole together", async () => {
    const { url } = await files.link("long.log");
    const lines: string[] = [];
    for (let page = 1; page <= 3; page++) {
      const html = await (await fetch(`${url}?page=${page}`)).text();
      assertStringIncludes(html, `Page ${page} of 3`);
      lines.push(...html.match(/line \d+ of a long log/g) ?? []);
    }
    assertEquals([lines.length, new Set(lines).size], [30_000, 30_000]);
  });
  await t.step("[PV1] bad links cost the relay about as long as each other", async () => {
    const good = await files.link("dot.png");
    const token = good.url.slice(good.url.lastIndexOf("/") + 1);
    await files.client.request("previews.revoke", { id: good.id });
    const altered = good.url.replace(token, token.slice(0, -4) + "AAAA");
    const median = async (url: string) => {
      const times: number[] = [];
      for (let n = 0; n < 30; n++) {
        const begun = performance.now();
        const res = await fetch(url);
        await res.text();
        times.push(performance.now() - begun);
      }
      return times.sort((a, b) => a - b)[15]!;
    };
    await median(altered);
    const [one, other] = [await median(altered), await median(good.url)];
    console.log(`bad links answered: altered ${one.toFixed(2)} ms, revoked ${other.toFixed(2)} ms`);
    assert(Math.abs(one - other) < 5 + Math.max(one, other) / 2, `${one} and ${other} ms`);
  });
});

Deno.test({
  ...skipWhen("[PV2] links in a browser: everything is readable, nothing runs", missingChromium()),
  async fn(t) {
    await using files = await FileSite.start();
    await furnish(files);
    await using browser = await TestBrowser.launch();
    await using desk = await browser.tab({ width: 1000, height: 700 });
    await using phone = await browser.tab({ ...PHONE, colorScheme: "dark" });
    const show = async (tab: Tab, name: string, query = "") => {
      const { url } = await files.link(name);
      await tab.page.goto(`${url}${query}`);
    };
    const ran = (tab: Tab) => tab.page.evaluate("document.documentElement.dataset?.ran ?? ''");
    /** What the browser says of scripts and pictures that the policy kept out. */
    const kept = /Content Security Policy|sandboxed|404/; // 404: no icon

    for (const name of ["notes.md", "change.diff", "code.ts", "page.html", "drawing.svg"]) {
      for (const query of ["", "?raw"]) {
        await t.step(`${name}${query} runs nothing`, async () => {
          for (const tab of [desk, phone]) {
            await show(tab, name, query);
            assertEquals(await ran(tab), "");
            assert(await tab.page.title() !== "ran");
            tab.assertClean(kept);
          }
        });
      }
    }
    await t.step("Markdown is prose, and HTML in it is text", async () => {
      await show(desk, "notes.md");
      assertEquals(await desk.page.locator("article h1").innerText(), "Release notes");
      assertEquals(await desk.page.locator("article td").first().innerText(), "echo");
      assert((await desk.page.locator("article").innerText()).includes("<script>"));
      assertEquals(
        await desk.page.locator("article a").evaluateAll((links) =>
          links.map((link) => link.getAttribute("href"))
        ),
        ["https://example.com/", null],
      );
      await screenshot(desk.page, "preview-markdown");
    });
    await t.step("on a phone nothing is wider than the screen", async () => {
      for (const name of ["notes.md", "code.ts", "change.diff", "long.log"]) {
        await show(phone, name);
        const wide = await phone.page.evaluate(
          "document.documentElement.scrollWidth - document.documentElement.clientWidth",
        );
        assertEquals(wide, 0, name);
      }
      await show(phone, "code.ts");
      await screenshot(phone.page, "preview-phone");
    });
    await t.step("a diff is coloured by its lines", async () => {
      await show(desk, "change.diff");
      assertEquals(await desk.page.locator(".added").count(), 1);
      assertEquals(await desk.page.locator(".removed").count(), 1);
    });
    await t.step("an image is shown as it is", async () => {
      await show(desk, "dot.png");
      assertEquals(
        await desk.page.locator("img").evaluate((img) => (img as HTMLImageElement).naturalWidth),
        1,
      );
    });
    await t.step("a PDF opens in the browser's own viewer", async () => {
      await show(desk, "paper.pdf");
      const isViewer = (url: string) => url.startsWith("chrome-extension://");
      await waitFor(() => desk.page.frames().some((frame) => isViewer(frame.url())), {
        what: "the viewer",
      });
    });
    await t.step("what cannot be shown is offered for download, and the button works", async () => {
      await show(desk, "program");
      const [download] = await Promise.all([
        desk.page.waitForEvent("download"),
        desk.page.locator("main a").click(),
      ]);
      assertEquals(download.suggestedFilename(), "program");
    });
  },
});

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { silentLog, systemClock } from "@chatcode/kit";
import { MAX_RENDERS, PageRenderer, RENDER_MS } from "./page_renderer.ts";

const head = { name: "a.md", canDownload: true };
const parts = { clock: systemClock, log: silentLog };

Deno.test("[PV2] pages are made by another thread, one after another", async () => {
  using renderer = new PageRenderer(parts);
  const [markdown, code, diff] = await Promise.all([
    renderer.render({ shown: "markdown", text: "# Title", head }),
    renderer.render({ shown: "text", text: "const a = 1;", head: { ...head, name: "a.ts" } }),
    renderer.render({ shown: "diff", text: "+one", head }),
  ]);
  assertStringIncludes(markdown, "<h1>Title</h1>");
  assertStringIncludes(code, "hljs-keyword");
  assertStringIncludes(diff, 'class="added"');
});

Deno.test("[PV2] a hostile text is shown plain, and holds nobody up", async () => {
  using renderer = new PageRenderer(parts);
  await renderer.render({ shown: "markdown", text: "warm", head });
  let ticks = 0;
  const timer = setInterval(() => ticks++, 10);
  const begun = performance.now();
  const text = "**a".repeat(40_000); // keeps the parser busy for much longer
  const page = await renderer.render({ shown: "markdown", text, head });
  clearInterval(timer);
  assertStringIncludes(page, "<pre>**a**a");
  assert(performance.now() - begun < 10 * RENDER_MS);
  assert(ticks > 20, `${ticks} ticks: the relay stood still`);
  assertStringIncludes(await renderer.render({ shown: "markdown", text: "# On", head }), "<h1>On");
  const deep = await renderer.render({ shown: "markdown", text: "> ".repeat(5_000) + "x", head });
  assertStringIncludes(deep, "<pre>> > >");
});

Deno.test("[PV2] more pages than may wait are shown plain", async () => {
  using renderer = new PageRenderer(parts);
  const pages = await Promise.all(
    Array.from(
      { length: MAX_RENDERS + 2 },
      () => renderer.render({ shown: "diff", text: "+x", head }),
    ),
  );
  assertEquals(pages.filter((page) => page.includes("<pre>+x</pre>")).length, 2);
});

/** A real browser on the built fixture: islands come to life, and nothing breaks the policy. */

import { assertEquals } from "@std/assert";
import { type Browser, chromium } from "playwright-core";
import { withSecurityHeaders } from "../security_headers.ts";
import { builtApp } from "./testdata/fixture.ts";

const CHROMIUM = "/usr/bin/chromium";
const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];
const HOSTILE =
  `</script><script>alert(1)</script><!-- <b>&amp;"'\u2028\u2029 frsh:island --> ${"`${x}`"}`;

const chromiumIsHere = await Deno.stat(CHROMIUM).then(() => true, () => false);
if (!chromiumIsHere) console.warn(`SKIPPED: no ${CHROMIUM}, so no island was tried in a browser`);

/** Serves the fixture under the project's own policy and opens a browser. */
async function openBrowser(): Promise<AsyncDisposable & { browser: Browser; origin: string }> {
  await using stack = new AsyncDisposableStack();
  const { handler } = stack.use(await builtApp());
  const serve = async (req: Request) => withSecurityHeaders(await handler(req));
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: () => {} }, serve);
  stack.defer(() => server.shutdown());
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: FLAGS });
  stack.defer(() => browser.close());
  const held = stack.move();
  return {
    browser,
    origin: `http://127.0.0.1:${server.addr.port}`,
    [Symbol.asyncDispose]: () => held.disposeAsync(),
  };
}

Deno.test({
  name: "islands hydrate with hostile props under a strict policy",
  ignore: !chromiumIsHere,
  async fn() {
    await using opened = await openBrowser();
    const page = await opened.browser.newPage();
    const complaints: string[] = [];
    page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
    page.on("pageerror", (error) => complaints.push(String(error)));
    page.on("dialog", (dialog) => complaints.push(`dialog: ${dialog.message()}`));

    await page.goto(`${opened.origin}/?text=${encodeURIComponent(HOSTILE)}`);
    const islands = page.locator(".counter");
    const first = islands.nth(0);
    // What comes by `await import()` shows that effects ran and chunks may load.
    await first.getByText("loaded on demand").waitFor();
    assertEquals(await first.getAttribute("data-browser"), "true");
    assertEquals(await first.locator("output").textContent(), HOSTILE);
    assertEquals(await first.locator("code").textContent(), '{"list":[1,null,"two"]}');
    assertEquals(await page.title(), HOSTILE);

    await first.getByRole("button").click();
    await first.getByRole("button", { name: "4", exact: true }).waitFor();
    assertEquals(await islands.nth(1).getByRole("button").textContent(), "10");
    assertEquals(await islands.count(), 2);
    assertEquals(complaints, []);
  },
});

Deno.test({
  name: "the policy does stop an inline script",
  ignore: !chromiumIsHere,
  async fn() {
    await using opened = await openBrowser();
    const page = await opened.browser.newPage();
    await page.goto(`${opened.origin}/about`);
    const violation = await page.evaluate(() =>
      new Promise<string>((resolve) => {
        document.addEventListener("securitypolicyviolation", (event) => {
          resolve(event.effectiveDirective);
        });
        const script = document.createElement("script");
        script.textContent = "document.title = 'broken in'";
        document.body.append(script);
      })
    );
    assertEquals(violation, "script-src-elem");
  },
});

import { Buffer } from "node:buffer";
import { assert, assertEquals } from "@std/assert";
import type { Turn } from "@chatcode/protocol";
import { skipWhen } from "../kit/testing/skip.ts";
import { waitFor } from "../kit/testing/wait_for.ts";
import { dropFiles, textFile } from "./testing/hand_files.ts";
import { missingChromium, openPage, PHONE } from "./testing/open_page.ts";
import { openTalk } from "./testing/open_talk.ts";

const noChromium = missingChromium();

const SAID: Turn = {
  id: "n1",
  rev: 0,
  atMs: Date.UTC(2026, 10, 20),
  kind: "final",
  text:
    "I changed `src/cart.ts:12` and wrote src/new.ts; see [the plan](../docs/plan.md), `npm test` " +
    "and `/etc/shadow.conf`. More at https://docs.example/a.html",
};

Deno.test({
  ...skipWhen(
    "a machine's folders are walked through, a file is shown and taken along",
    noChromium,
  ),
  async fn() {
    await using opened = await openPage();
    const { page, host, origin, complaints } = opened;
    host.files.put("README.md", "# Read me");
    host.files.put("src/deep/a.txt", "the words in it");
    host.files.put(".env", "SECRET=1");
    await page.goto(`${origin}/machines`);
    await page.getByTestId("machine-files").click();
    const names = () => page.locator(".entry-name").allTextContents();
    await waitFor(async () => (await names()).join() === "src, folder,README.md", {
      what: "names",
    });
    await page.getByLabel("Hidden").check();
    await page.getByTestId("entry").getByText(".env").waitFor();
    await page.getByTestId("entry").getByText("src").click();
    await page.getByTestId("entry").getByText("deep").click();
    await page.getByTestId("entry").getByText("a.txt").click();
    const frame = page.frameLocator('[data-testid="preview-frame"]');
    await frame.getByText("the words in it").waitFor();
    const sandbox = await page.getByTestId("preview-frame").getAttribute("sandbox");
    assertEquals(/scripts|same-origin|top-navigation|forms/.test(sandbox ?? "scripts"), false);
    assertEquals(await page.getByTestId("use-file").count(), 0);

    const popup = page.waitForEvent("popup");
    await page.getByTestId("preview-open").click();
    await (await popup).getByText("the words in it").waitFor();
    const download = page.waitForEvent("download");
    await page.getByTestId("preview-download").click();
    assertEquals((await download).suggestedFilename(), "a.txt");
    await page.getByTestId("preview-copy").click();
    await page.getByText("for five minutes").waitFor();
    const copied = await page.evaluate(() => navigator.clipboard.readText());
    assertEquals(copied, `${origin}/p/grant1`);
    await page.getByTestId("files-crumbs").getByText("src").click();
    await page.getByTestId("entry").getByText("deep").waitFor();
    assertEquals(host.files.revoked, []); // it was handed on
    await page.keyboard.press("Escape");
    await page.getByTestId("files").waitFor({ state: "detached" });
    assertEquals(complaints, []);
  },
});

Deno.test({
  ...skipWhen(
    "a link that nobody took along ends with its preview, and one that is over is renewed",
    noChromium,
  ),
  async fn() {
    await using opened = await openPage();
    const { page, host, origin } = opened;
    host.files.put("a.txt", "first");
    host.files.put("b.txt", "second");
    await page.goto(`${origin}/machines`);
    await page.getByTestId("machine-files").click();
    await page.getByTestId("entry").getByText("a.txt").click();
    await page.frameLocator("iframe").getByText("first").waitFor();
    host.files.linkMs = 1_000;
    await page.getByTestId("entry").getByText("b.txt").click();
    await waitFor(() => host.files.revoked.includes("grant1"), { what: "the end of the link" });
    await page.getByText("lasted five minutes").waitFor();
    host.files.linkMs = 300_000;
    await page.getByRole("button", { name: "Show it again" }).click();
    await page.frameLocator("iframe").getByText("second").waitFor();
  },
});

Deno.test({
  ...skipWhen("files go up into the folder that is shown", noChromium),
  async fn() {
    await using opened = await openPage();
    const { page, host, origin } = opened;
    host.files.put("docs/plan.md", "x");
    await page.goto(`${origin}/machines`);
    await page.getByTestId("machine-files").click();
    await page.getByTestId("entry").getByText("docs").click();
    await page.getByTestId("entry").getByText("plan.md").waitFor();
    await dropFiles(page.locator(".files-scroll"), [textFile("new.txt", "hello")]);
    await page.getByTestId("entry").getByText("new.txt").waitFor();
    assert(host.files.files.has("/home/ada/work/docs/new.txt"));
    await page.getByTestId("upload-here").setInputFiles([
      { name: "two.txt", mimeType: "text/plain", buffer: Buffer.alloc(3) },
    ]);
    await page.getByTestId("entry").getByText("two.txt").waitFor();

    // It goes on when nobody looks, and can be seen to.
    const { promise, resolve } = Promise.withResolvers<void>();
    host.files.hold = promise;
    await dropFiles(page.locator(".files-scroll"), [textFile("three.txt", "hello")]);
    await page.getByRole("button", { name: "Cancel three.txt" }).waitFor();
    await page.keyboard.press("Escape");
    await page.locator(".upload-tray").getByText("three.txt").waitFor();
    resolve();
    await waitFor(() => host.files.files.has("/home/ada/work/docs/three.txt"), {
      what: "the third",
    });
  },
});

Deno.test({
  ...skipWhen("paths in a message show the file, or say why they cannot", noChromium),
  async fn() {
    await using opened = await openTalk({}, { turns: [SAID] });
    const { page, host, complaints } = opened;
    host.files.put("shop/src/cart.ts", "export const cart = 1;");
    host.files.put("docs/plan.md", "# The plan");
    const links = await page.locator(".path-link").allTextContents();
    assertEquals(links, ["src/cart.ts:12", "src/new.ts", "the plan", "/etc/shadow.conf"]);
    await page.getByText("src/cart.ts:12").click();
    await page.frameLocator("iframe").getByText("export const cart").waitFor();
    await page.locator(".preview-title .path").getByText("workspace/shop/src/cart.ts")
      .waitFor();
    await page.keyboard.press("Escape");
    await page.getByText("the plan").click();
    await page.frameLocator("iframe").getByText("# The plan").waitFor();
    await page.keyboard.press("Escape");
    await page.getByText("src/new.ts").click();
    await page.getByTestId("files-trouble").getByText("src/new.ts: There is nothing of that name")
      .waitFor();
    await page.keyboard.press("Escape");
    await page.getByText("/etc/shadow.conf").click();
    await page.getByTestId("files-trouble").getByText("This may not be shown").waitFor();
    assertEquals(complaints, []);
  },
});

Deno.test({
  ...skipWhen("on a phone the preview takes the folder's place, and leads back", noChromium),
  async fn() {
    await using opened = await openTalk(PHONE);
    const { page, host } = opened;
    host.files.put("a.txt", "the words");
    await page.getByTestId("open-files").tap();
    await page.getByTestId("entry").getByText("a.txt").tap();
    await page.frameLocator("iframe").getByText("the words").waitFor();
    assertEquals(await page.getByTestId("entries").isVisible(), false);
    await page.getByRole("button", { name: "Back to the folder" }).tap();
    await page.getByTestId("entries").waitFor();
  },
});

Deno.test({
  ...skipWhen("an empty folder and a machine that is gone are told", noChromium),
  async fn() {
    await using opened = await openPage();
    const { page, host, origin } = opened;
    await page.goto(`${origin}/machines`);
    await page.getByTestId("machine-files").click();
    await page.getByTestId("files-empty").getByText("Nothing in here yet").waitFor();
    await page.keyboard.press("Escape");
    host.files.offline = true;
    await page.getByTestId("machine-files").click();
    await page.getByTestId("files-failed").getByText("The machine is offline.").waitFor();
    host.files.offline = false;
    await page.getByRole("button", { name: "Try again" }).click();
    await page.getByTestId("files-empty").waitFor();
  },
});

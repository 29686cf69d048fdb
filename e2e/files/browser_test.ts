import { assertEquals, assertMatch } from "@std/assert";
import { Buffer } from "node:buffer";
import { skipWhen } from "../../kit/testing/skip.ts";
import { waitFor } from "../../kit/testing/wait_for.ts";
import { dropFiles, textFile } from "../../web/testing/hand_files.ts";
import { missingChromium, type Page } from "../harness/browser.ts";
import { Journey } from "../harness/journey.ts";
import { screenshot } from "../harness/screenshot.ts";
import type { Site } from "../harness/site.ts";

const README = `# Shop

Sells **things**, one cart on every device.

1. \`deno task dev\` starts it
2. \`deno task test\` shows that it works

\`\`\`ts
import { cart } from "./src/cart.ts";

cart.add({ what: "a bicycle", price: 480 });
\`\`\`

| Test | Result |
| ---- | -----: |
| a cart keeps its order | passes |
| VAT is rounded once | passes |
`;

const chip = (page: Page, state: string) =>
  page.locator(`[data-testid="chip"][data-state="${state}"]`);

/** The machine's files, in front. */
async function openFiles(page: Page, site: Site): Promise<void> {
  await page.goto(`${site.url}/machines`);
  await page.getByTestId("machine-files").click();
  await page.getByTestId("files-crumbs").getByText("workspace").waitFor();
}

async function leftovers(folder: string): Promise<string[]> {
  const found: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    if (isDirectory) found.push(...await leftovers(`${folder}/${name}`));
    else if (name.startsWith(".")) found.push(name);
  }
  return found;
}

Deno.test({
  ...skipWhen(
    "a file goes up into a folder, is shown beside it, and comes down as it was",
    missingChromium(),
  ),
  async fn() {
    await using journey = await Journey.begin();
    const { site } = journey;
    for (const folder of ["src", "docs", "test"]) await Deno.mkdir(`${site.workspace}/${folder}`);
    await Deno.writeTextFile(`${site.workspace}/src/cart.ts`, "export const cart: Item[] = [];\n");
    await Deno.writeTextFile(`${site.workspace}/deno.json`, '{ "tasks": {} }\n');
    await Deno.writeTextFile(`${site.workspace}/prices.csv`, "what,price\n".repeat(400));
    await Deno.writeTextFile(`${site.workspace}/README.md`, README);
    const tab = await journey.signedInTab({ width: 1280, height: 800, colorScheme: "dark" });
    const { page } = tab;
    await openFiles(page, site);
    const text = "from the browser, äöü\n".repeat(500);
    await page.getByTestId("upload-here").setInputFiles([
      { name: "notes.txt", mimeType: "text/plain", buffer: Buffer.from(text) },
    ]);
    await chip(page, "done").waitFor();
    assertEquals(await Deno.readTextFile(`${site.workspace}/notes.txt`), text);
    await page.getByTestId("upload-here").setInputFiles([
      { name: "empty", mimeType: "text/plain", buffer: Buffer.alloc(0) },
    ]);
    await page.getByTestId("entry").getByText("empty").waitFor();
    // A name that is taken is not taken away.
    await page.getByTestId("upload-here").setInputFiles([
      { name: "notes.txt", mimeType: "text/plain", buffer: Buffer.from("other") },
    ]);
    await page.getByTestId("entry").getByText("notes (2).txt").waitFor();
    assertEquals(await Deno.readTextFile(`${site.workspace}/notes.txt`), text);

    await page.getByTestId("entry").getByText("notes.txt").click();
    const frame = page.frameLocator('[data-testid="preview-frame"]');
    await frame.getByText("from the browser, äöü").first().waitFor();
    const download = page.waitForEvent("download");
    await page.getByTestId("preview-download").click();
    const saved = await download;
    assertEquals(saved.suggestedFilename(), "notes.txt");
    assertEquals(await Deno.readTextFile(await saved.path()), text);

    await page.getByTestId("entry").getByText("README.md").click();
    await frame.getByRole("heading", { name: "Shop" }).waitFor();
    await chip(page, "done").first().waitFor({ state: "detached" });
    await screenshot(page, "files-desktop");
    await page.getByTestId("entry").getByText("src").click();
    await page.getByTestId("entry").getByText("cart.ts").click();
    await frame.getByText("export").first().waitFor();
    const popup = page.waitForEvent("popup");
    await page.getByTestId("preview-open").click();
    await (await popup).getByText("export").first().waitFor();
    tab.assertClean();
  },
});

Deno.test({
  ...skipWhen(
    "an upload goes on after its way was cut and the relay killed, and nothing is left of one that is cancelled",
    missingChromium(),
  ),
  async fn() {
    await using journey = await Journey.begin({ browserProxy: true });
    const { site } = journey;
    const proxy = site.browserProxy!;
    const tab = await journey.signedInTab();
    const { page } = tab;
    await openFiles(page, site);
    const bytes = new Uint8Array(96 * 1024 * 1024);
    for (let i = 0; i < bytes.length; i += 65_536) {
      crypto.getRandomValues(bytes.subarray(i, i + 64));
    }
    const source = `${site.folder}/big.bin`;
    await Deno.writeFile(source, bytes);
    await page.getByTestId("upload-here").setInputFiles(source);
    const begun = chip(page, "sending").getByText(/^[1-9]\d* % of/);
    await begun.waitFor();
    proxy.cut();
    await begun.waitFor();
    await site.relay.kill();
    await chip(page, "stalled").waitFor();
    await site.relay.startAgain();
    await chip(page, "done").waitFor({ timeout: 60_000 });
    const arrived = await Deno.readFile(`${site.workspace}/big.bin`);
    const hash = async (bytes: Uint8Array<ArrayBuffer>) =>
      new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
    assertEquals(arrived.length, bytes.length);
    assertEquals(await hash(arrived), await hash(bytes));

    await Deno.remove(`${site.workspace}/big.bin`);
    await page.getByTestId("upload-here").setInputFiles(source);
    await begun.waitFor();
    await page.getByRole("button", { name: "Cancel big.bin" }).click();
    await waitFor(async () => (await leftovers(site.workspace)).length === 0, {
      what: "nothing to be left",
    });
    assertEquals(await Deno.stat(`${site.workspace}/big.bin`).catch(() => null), null);
    tab.assertClean(/Failed to load resource|WebSocket/);
  },
});

Deno.test({
  ...skipWhen(
    "what is dropped onto a shell is there under the path that is pasted",
    missingChromium(),
  ),
  async fn() {
    await using journey = await Journey.begin();
    const { site } = journey;
    await using client = await site.client();
    const params = { host: site.host, title: "Shell", command: ["sh"] };
    const { session } = await client.requestAny("sessions.start", params) as {
      session: { id: string };
    };
    const tab = await journey.signedInTab();
    const terminal = await journey.terminal(tab, session.id);
    const { page } = tab;
    await page.keyboard.type("cat ");
    await dropFiles(page.getByTestId("scroller"), [textFile("it's here.txt", "42 things\n")]);
    await terminal.sees("here.txt'");
    await page.keyboard.press("Enter");
    await terminal.sees("42 things");
    const [day = ""] = [...Deno.readDirSync(`${site.workspace}/uploads`)].map(({ name }) => name);
    assertMatch(day, /^\d{4}-\d\d-\d\d$/);
    tab.assertClean();
  },
});

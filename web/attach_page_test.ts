import { Buffer } from "node:buffer";
import { assertEquals, assertMatch } from "@std/assert";
import type { Page } from "playwright-core";
import { skipWhen } from "../kit/testing/skip.ts";
import { waitFor } from "../kit/testing/wait_for.ts";
import { dropFiles, pasteFiles, PIXEL, textFile } from "./testing/hand_files.ts";
import { missingChromium, openTerminalPage, PHONE } from "./testing/open_page.ts";
import { openTalk } from "./testing/open_talk.ts";

const noChromium = missingChromium();
const UPLOADS = "/home/ada/work/shop/uploads/2026-11-20";

const chip = (page: Page, state: string) =>
  page.locator(`[data-testid="chip"][data-state="${state}"]`);
const box = (page: Page) => page.getByTestId("prompt-box");

Deno.test({
  ...skipWhen(
    "what is dropped, pasted and chosen is attached, and goes with the prompt",
    noChromium,
  ),
  async fn() {
    await using opened = await openTalk();
    const { page, host, complaints } = opened;
    const talk = page.getByTestId("talk-scroll");
    await dropFiles(talk, [PIXEL], ["dragenter", "dragover"]);
    await page.getByText("Drop files to attach them").waitFor();
    await dropFiles(talk, [], ["dragleave"]);
    await dropFiles(talk, [textFile("notes.txt", "hello")]);
    await chip(page, "done").waitFor();
    assertEquals(await page.getByTestId("drop-here").count(), 0);
    await pasteFiles(box(page), [PIXEL]);
    await page.getByTestId("choose-files").setInputFiles([
      { name: "log.txt", mimeType: "text/plain", buffer: Buffer.from("x") },
    ]);
    await waitFor(async () => await chip(page, "done").count() === 3, { what: "three files" });
    await page.locator(".chip-picture").waitFor();
    await page.getByRole("button", { name: "Remove log.txt" }).click();
    assertEquals(await page.getByTestId("send").isDisabled(), true); // a prompt has words
    await box(page).fill("Read these");
    await page.keyboard.press("Enter");
    await waitFor(() => host.agents.prompts.length > 0, { what: "the prompt" });
    const [files = []] = host.agents.promptFiles;
    assertEquals(files[0], `${UPLOADS}/notes.txt`);
    assertMatch(files[1] ?? "", /\/pasted-\d{6}\.png$/);
    assertEquals(files.length, 2);
    assertEquals(host.files.files.get(`${UPLOADS}/notes.txt`)?.bytes.length, 5);
    await page.getByTestId("chips").waitFor({ state: "detached" });
    assertEquals(complaints, []);
  },
});

Deno.test({
  ...skipWhen("text that is pasted stays text, even with a picture of it", noChromium),
  async fn() {
    await using opened = await openTalk();
    const { page } = opened;
    await box(page).focus();
    await page.evaluate(() => navigator.clipboard.writeText("only words"));
    await page.keyboard.press("Control+V");
    assertEquals(await box(page).inputValue(), "only words");
    assertEquals(await page.getByTestId("chip").count(), 0);
  },
});

Deno.test({
  ...skipWhen(
    "an upload goes on after a cut, waits for the prompt, and can be cancelled",
    noChromium,
  ),
  async fn() {
    await using opened = await openTalk();
    const { page, host } = opened;
    host.files.breaks = [3, 2];
    const talk = page.getByTestId("talk-scroll");
    await dropFiles(talk, [textFile("a.txt", "hello world")]);
    await chip(page, "done").waitFor();
    assertEquals(
      new TextDecoder().decode(host.files.files.get(`${UPLOADS}/a.txt`)?.bytes),
      "hello world",
    );
    const { promise, resolve } = Promise.withResolvers<void>();
    host.files.hold = promise;
    await dropFiles(talk, [textFile("b.txt", "more")]);
    await chip(page, "sending").waitFor();
    await box(page).fill("Read it");
    await page.getByText("Files are on their way.").waitFor();
    assertEquals(await page.getByTestId("send").isDisabled(), true);
    await page.getByRole("button", { name: "Cancel b.txt" }).click();
    await chip(page, "sending").waitFor({ state: "detached" });
    resolve();
    await waitFor(async () => await page.getByTestId("send").isEnabled(), { what: "a free send" });
    assertEquals(host.files.files.has(`${UPLOADS}/b.txt`), false);
  },
});

Deno.test({
  ...skipWhen("an upload that is refused says why, and can be tried again or removed", noChromium),
  async fn() {
    await using opened = await openTalk(PHONE);
    const { page, host } = opened;
    host.files.refuses = { code: "DISK_FULL", message: "The machine's disk is full", status: 507 };
    await page.getByTestId("take-photo").setInputFiles([
      { name: "photo.jpg", mimeType: "image/jpeg", buffer: Buffer.alloc(2_000) },
    ]);
    await chip(page, "failed").getByText("The machine's disk is full").waitFor();
    await page.getByText("A file did not arrive").waitFor();
    host.files.refuses = undefined;
    await page.getByRole("button", { name: "Try photo.jpg again" }).tap();
    await chip(page, "done").waitFor();
  },
});

Deno.test({
  ...skipWhen("a file on the machine is attached from its folder", noChromium),
  async fn() {
    await using opened = await openTalk();
    const { page, host } = opened;
    host.files.put("docs/plan.md", "# Plan", "text/markdown");
    await page.locator("summary", { hasText: "Attach" }).click();
    await page.getByTestId("attach-browse").click();
    await page.getByTestId("entry").getByText("docs").click();
    await page.getByTestId("entry").getByText("plan.md").click();
    await page.getByTestId("use-file").click();
    await page.getByTestId("files").waitFor({ state: "detached" });
    await chip(page, "done").getByText("plan.md").waitFor();
    await box(page).fill("Do it");
    await page.keyboard.press("Enter");
    await waitFor(() => host.agents.prompts.length > 0, { what: "the prompt" });
    assertEquals(host.agents.promptFiles, [["/home/ada/work/docs/plan.md"]]);
  },
});

Deno.test({
  ...skipWhen(
    "files dropped onto or pasted into a terminal go up, and their quoted paths are pasted",
    noChromium,
  ),
  async fn() {
    await using opened = await openTerminalPage();
    const { page, host } = opened;
    await dropFiles(page.getByTestId("scroller"), [textFile("it's mine.txt", "hello")]);
    await waitFor(() => host.typed.length > 0, { what: "the path" });
    await waitFor(() => host.typed.includes(`'${UPLOADS}/it'\\''s mine.txt' `), {
      what: "the quoted path",
    });
    await pasteFiles(page.locator(".live textarea").first(), [PIXEL]);
    await waitFor(() => /\/pasted-\d{6}\.png /.test(host.typed), { what: "the pasted picture" });
    await page.getByTestId("chips").waitFor({ state: "detached" });
  },
});

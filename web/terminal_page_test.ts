import { assert, assertEquals, assertNotEquals } from "@std/assert";
import type { Page } from "playwright-core";
import { skipWhen } from "../kit/testing/skip.ts";
import { waitFor } from "../kit/testing/wait_for.ts";
import type { Diagnostics } from "./lib/terminal/diagnostics.ts";
import { lineText } from "./lib/terminal/line_text.ts";
import { missingChromium, openTerminalPage, PHONE, showTerminal } from "./testing/open_page.ts";
import { historyLine, playedMachine } from "./testing/played_host.ts";

const noChromium = missingChromium();

const screenText = (page: Page) =>
  page.evaluate(() => globalThis.__chatcodeTerminal?.screenText() ?? "");
const counters = (page: Page): Promise<ReturnType<Diagnostics["counters"]> | undefined> =>
  page.evaluate(() => globalThis.__chatcodeTerminal?.counters());
const scrollTop = (page: Page) =>
  page.getByTestId("scroller").evaluate((scroller) => Math.round(scroller.scrollTop));
const fromEnd = (page: Page) =>
  page.getByTestId("scroller").evaluate((scroller) =>
    scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight
  );
/** The rows of history that can be seen, as text. */
const visibleHistory = (page: Page) =>
  page.getByTestId("scroller").evaluate((scroller) => {
    const { top, bottom } = scroller.getBoundingClientRect();
    return [...scroller.querySelectorAll(".h-row")].flatMap((row) => {
      const box = row.getBoundingClientRect();
      return box.top >= top && box.bottom <= bottom ? [(row.textContent ?? "").trimEnd()] : [];
    });
  });
const wheel = async (page: Page, by: number) => {
  const box = await page.getByTestId("scroller").boundingBox();
  await page.mouse.move((box?.x ?? 0) + 200, (box?.y ?? 0) + 200);
  await page.mouse.wheel(0, by);
};
const historyIsKnown = (page: Page) =>
  waitFor(() => scrollTop(page), { what: "a history to scroll through" });

Deno.test({
  ...skipWhen("what is typed arrives once, by keys, composition and paste", noChromium),
  async fn() {
    await using opened = await openTerminalPage();
    const { page, host, complaints } = opened;
    await page.keyboard.type("ls -l");
    await page.keyboard.press("Enter");
    await waitFor(() => host.typed === "ls -l\r", { what: "typed keys" });
    const client = await page.context().newCDPSession(page);
    const compose = async (...texts: string[]) => {
      for (const text of texts) {
        const { length } = text;
        await client.send("Input.imeSetComposition", {
          text,
          selectionStart: length,
          selectionEnd: length,
        });
      }
    };
    const commit = (text: string) => client.send("Input.insertText", { text });
    // As input methods and Android keyboards type: words that grow, change and are committed at
    // once before the next key; single characters that come without a key of their own.
    host.typed = "";
    await compose("h", "he", "hel", "help");
    await commit("hello");
    await page.keyboard.press("Space");
    await compose("w", "wo");
    await commit("world");
    await client.send("Input.dispatchKeyEvent", {
      type: "rawKeyDown",
      windowsVirtualKeyCode: 229,
      key: "Unidentified",
    });
    await commit("!");
    await compose("가");
    await commit("가");
    await compose("나");
    await commit("나");
    await page.keyboard.press("Backspace");
    await waitFor(() => host.typed.endsWith("\x7f"), { what: "composed words" });
    assertEquals(host.typed, "hello world!가나\x7f");
    host.typed = "";
    const paste = "0123456789".repeat(10_000);
    await page.evaluate((text) => navigator.clipboard.writeText(text), paste);
    await page.keyboard.press("Control+Shift+V");
    await waitFor(() => host.typed.length >= paste.length, { what: "the paste" });
    assertEquals(host.typed, paste);
    assertEquals(complaints, []);
  },
});

Deno.test({
  ...skipWhen("history scrolls natively, in an alternate screen too", noChromium),
  async fn() {
    await using opened = await openTerminalPage();
    const { page, host } = opened;
    host.historyLines = 20_000;
    host.print("\x1b[?1049h\x1b[Hfull screen");
    await historyIsKnown(page);
    assert(await fromEnd(page) <= 3, "the view left its end when history grew");
    await wheel(page, -2_000);
    await waitFor(async () => await fromEnd(page) > 1_000, { what: "a view that scrolled up" });
    assertEquals(host.typed, "", "the wheel became keys");
    await waitFor(async () => (await visibleHistory(page)).length > 20, { what: "history rows" });
    const seen = await visibleHistory(page);
    const first = Number(/line (\d+) /.exec(seen[0] ?? "")?.[1]);
    assertEquals(seen, seen.map((_, index) => lineText(historyLine(first + index)).trimEnd()));
    // New output leaves the view where it is, and says so.
    const before = await scrollTop(page);
    host.historyLines += 100;
    host.print("more");
    await page.getByText("New output").waitFor();
    assertEquals(await scrollTop(page), before);
    // Typing leads back to the live screen.
    await page.keyboard.type("x");
    await waitFor(async () => await fromEnd(page) <= 3, { what: "the live screen" });
    await page.getByTestId("jump").waitFor({ state: "detached" });
    // The oldest line, too.
    await page.keyboard.press("Shift+Home");
    await waitFor(
      async () => (await visibleHistory(page))[0] === lineText(historyLine(0)).trimEnd(),
      { what: "the oldest line" },
    );
    assert(await page.locator(".h-row").count() <= 2_000, "rows of far pages are kept");
  },
});

Deno.test({
  ...skipWhen("a program that asked for the mouse gets the wheel, Shift keeps it", noChromium),
  async fn() {
    await using opened = await openTerminalPage();
    const { page, host } = opened;
    host.historyLines = 2_000;
    host.print("\x1b[?1000h\x1b[?1006hmouse");
    await historyIsKnown(page);
    await waitFor(async () => (await screenText(page)).includes("mouse"), { what: "the program" });
    await wheel(page, -300);
    await waitFor(() => host.typed.startsWith("\x1b[<64;"), { what: "a mouse report" });
    assert(await fromEnd(page) <= 3);
    await page.keyboard.down("Shift");
    await wheel(page, -600);
    await page.keyboard.up("Shift");
    await waitFor(async () => await fromEnd(page) > 300, { what: "a view that scrolled up" });
  },
});

Deno.test({
  ...skipWhen("search goes through screen and history", noChromium),
  async fn() {
    await using opened = await openTerminalPage();
    const { page, host } = opened;
    host.historyLines = 3_000;
    host.print("needle on the screen\r\n");
    await historyIsKnown(page);
    await page.keyboard.press("Control+Shift+F");
    const box = page.getByRole("searchbox");
    await box.fill("NEEDLE");
    await box.press("Enter");
    await page.keyboard.press("Control+Shift+C");
    await box.fill("line 1234 ");
    await box.press("Enter");
    await waitFor(
      async () => (await page.locator(".h-found").textContent())?.startsWith("line 1234 "),
      { what: "the line in the history" },
    );
    await box.fill("nowhere to be found");
    await box.press("Enter");
    await page.getByText("Nothing found").waitFor();
    await box.press("Escape");
    await page.keyboard.type("q");
    await waitFor(() => host.typed === "q", { what: "the focus back in the terminal" });
  },
});

Deno.test({
  ...skipWhen("a program may set the clipboard and never reads it", noChromium),
  async fn() {
    await using opened = await openTerminalPage();
    const { page, host } = opened;
    host.print(`\x1b]52;c;${btoa("from the program")}\x07`);
    await page.getByText("Copied").waitFor();
    assertEquals(await page.evaluate(() => navigator.clipboard.readText()), "from the program");
    host.print("\x1b]52;c;?\x07\x1b[c");
    await waitFor(() => host.typed.includes("\x1b[?"), {
      what: "the answer to the other question",
    });
    assertEquals(host.typed.includes("]52"), false);
  },
});

Deno.test({
  ...skipWhen("a session sized by another is drawn whole, and can be taken over", noChromium),
  async fn() {
    await using opened = await openTerminalPage(PHONE);
    const { page, host, origin } = opened;
    const own = { ...host.size };
    host.holdsSize = false;
    host.size = { cols: 100, rows: 30 };
    host.screen = "x".repeat(100);
    await showTerminal(page, origin);
    await page.getByTestId("banner-size").waitFor();
    const overflow = () =>
      page.getByTestId("scroller").evaluate((element) => element.scrollWidth - element.clientWidth);
    await waitFor(async () => await overflow() <= 0, { what: "the whole width on the phone" });
    await page.getByTestId("take-over").click();
    await page.getByTestId("banner-size").waitFor({ state: "detached" });
    await waitFor(() => host.size.cols === own.cols && host.size.rows <= own.rows, {
      what: "the phone's own size",
    });
    assert(await overflow() <= 0, "the phone's own size is too wide for it");
  },
});

Deno.test({
  ...skipWhen("a resize storm is asked for once", noChromium),
  async fn() {
    await using opened = await openTerminalPage();
    const { page, host } = opened;
    await waitFor(() => host.resizes === 0, { what: "quiet" });
    const before = { ...host.size };
    for (let height = 880; height >= 500; height -= 20) {
      await page.setViewportSize({ width: 1440, height });
    }
    await waitFor(() => host.size.rows < before.rows - 15, { what: "the smaller size" });
    assertEquals(host.size.cols, before.cols);
    assert(host.resizes <= 4, `${host.resizes} resizes`);
  },
});

Deno.test({
  ...skipWhen("the key bar types what a soft keyboard lacks", noChromium),
  async fn() {
    await using opened = await openTerminalPage(PHONE);
    const { page, host } = opened;
    await page.getByTestId("live").tap();
    const bar = page.getByTestId("key-bar");
    await bar.getByText("Esc").tap();
    await bar.getByText("Tab").tap();
    await bar.getByLabel("Arrow up").tap();
    await bar.getByText("Ctrl").tap();
    await page.keyboard.type("c");
    await bar.getByText("~").tap();
    await page.keyboard.type("c");
    // Ctrl is not kept waiting for a word to be finished.
    await bar.getByText("Ctrl").tap();
    const client = await page.context().newCDPSession(page);
    const composition = { text: "d", selectionStart: 1, selectionEnd: 1 };
    await client.send("Input.imeSetComposition", composition);
    await waitFor(() => host.typed.endsWith("\x04"), { what: "the keys" });
    await client.send("Input.insertText", { text: "de" });
    await waitFor(() => host.typed.endsWith("e"), { what: "the rest of the word" });
    assertEquals(host.typed, "\x1b\t\x1b[A\x03~c\x04e");
  },
});

Deno.test({
  ...skipWhen("trouble is named and the view comes back by itself", noChromium),
  async fn() {
    await using opened = await openTerminalPage();
    const { page, host } = opened;
    host.cut();
    await waitFor(
      async () => (await counters(page))?.resyncs === 2,
      { what: "a second attach" },
    );
    await page.keyboard.type("still here");
    await waitFor(() => host.typed === "still here", { what: "typing after the cut" });
    host.presence(playedMachine("box", { online: false }));
    await page.getByTestId("hops").getByText("offline").waitFor();
    await page.getByLabel("More").click();
    await page.getByTestId("end-session").click();
    await page.getByRole("dialog").getByText("End the session").click();
    await page.getByTestId("banner-over").waitFor();
    await page.getByTestId("banner-over").getByText("All sessions").click();
    await page.waitForURL("**/sessions");
  },
});

Deno.test({
  ...skipWhen("signed out elsewhere, the page says so and leads back", noChromium),
  async fn() {
    await using opened = await openTerminalPage();
    const { page, host, services } = opened;
    services.devices.clear();
    host.cut();
    await page.getByTestId("banner-signed-out").waitFor();
    await page.getByText("Sign in", { exact: true }).click();
    await page.waitForURL("**/sign-in?next=%2Fs%2Fbox%2Fone");
  },
});

Deno.test({
  ...skipWhen("a reload is the same viewer, a second tab another one", noChromium),
  async fn() {
    await using opened = await openTerminalPage();
    const { page, host, origin } = opened;
    await showTerminal(page, origin);
    const second = await opened.another();
    await showTerminal(second, origin);
    const [first, reloaded, other] = host.viewers;
    assertEquals(first, reloaded);
    assertNotEquals(first, other);
  },
});

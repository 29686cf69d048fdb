import { assert, assertEquals, assertMatch } from "@std/assert";
import type { Page } from "playwright-core";
import { skipWhen } from "../kit/testing/skip.ts";
import { waitFor } from "../kit/testing/wait_for.ts";
import { missingChromium, type OpenPage, PHONE } from "./testing/open_page.ts";
import { openTalk } from "./testing/open_talk.ts";
import { playedApproval } from "./testing/played_agents.ts";
import type { Turn } from "@chatcode/protocol";

const noChromium = missingChromium();

const said = (n: number, text = `turn ${n}`): Turn => ({
  id: `n${n}`,
  rev: 0,
  atMs: Date.UTC(2026, 10, 20) + n,
  kind: "progress",
  text,
});
const prompts = (page: Page) => page.getByTestId("prompt").allTextContents();
const fromEnd = (page: Page) =>
  page.getByTestId("talk-scroll").evaluate((it) =>
    it.scrollHeight - it.scrollTop - it.clientHeight
  );
const box = (page: Page) => page.getByTestId("prompt-box");
const sends = async ({ page, host }: OpenPage, text: string) => {
  const before = host.agents.prompts.length;
  await box(page).fill(text);
  await page.keyboard.press("Enter");
  await waitFor(() => host.agents.prompts.length > before, { what: "the prompt" });
};

Deno.test({
  ...skipWhen("a conversation is shown as it was, its Markdown without any HTML", noChromium),
  async fn() {
    await using opened = await openTalk();
    const { page, complaints } = opened;
    await page.locator(".md code.hljs, .hljs-keyword").first().waitFor();
    assertEquals(await page.getByTestId("prompt").count(), 3);
    assertEquals(await page.locator(".talk script, .talk img, .talk [onclick]").count(), 0);
    assertMatch(await page.getByTestId("final").innerText(), /<script>alert\(1\)<\/script> evil/);
    const links = await page.locator(".md a").evaluateAll((all) =>
      all.map((a) => `${a.getAttribute("href")} ${a.getAttribute("rel")}`)
    );
    assertEquals(links, ["https://docs.example/sessions noopener noreferrer nofollow"]);
    await page.getByText("2 earlier steps, 1 failed").click();
    await page.getByText("npm test -- login").first().click();
    await page.getByText("expected 200, got 401").waitFor();
    await page.locator("summary", { hasText: "Edit" }).click();
    assertEquals(await page.locator(".diff-added").count(), 1);
    await page.getByText("2.3k + 48.2k cached tokens in · 812 out").waitFor();
    assertEquals(complaints, []);
  },
});

Deno.test({
  ...skipWhen("new turns are followed at the end, and do not move what is read above", noChromium),
  async fn() {
    const turns = Array.from({ length: 350 }, (_, n) => said(n));
    await using opened = await openTalk({}, { turns });
    const { page, host } = opened;
    await waitFor(async () => await fromEnd(page) < 3, { what: "the end" });
    host.agents.say("one", said(350));
    await page.getByText("turn 350").waitFor();
    await waitFor(async () => await fromEnd(page) < 3, { what: "the end again" });
    // Told again: in its place.
    host.agents.say("one", { ...said(349, "turn 349, amended"), rev: 1 });
    await page.getByText("turn 349, amended").waitFor();
    assertEquals(await page.locator(".block").count(), 101);

    await page.getByTestId("talk-scroll").evaluate((it) => it.scrollTop = 500);
    await waitFor(async () => await page.locator(".block").count() === 101, { what: "the list" });
    const top = () =>
      page.getByText("turn 265", { exact: true }).evaluate((it) => it.getBoundingClientRect().y);
    const before = await top();
    host.agents.say("one", said(351));
    await page.getByText("New messages").waitFor();
    assert(Math.abs(await top() - before) < 2, "new turns moved the view");
    await page.getByTestId("talk-scroll").evaluate((it) => it.scrollTop = 300);
    const held = await top();
    await waitFor(async () => await page.locator(".block").count() > 102, { what: "older turns" });
    assert(Math.abs(await top() - held) < 2, "older turns moved the view");
    await page.getByTestId("talk-jump").click();
    await waitFor(async () => await fromEnd(page) < 3, { what: "the newest" });
    await page.getByTestId("talk-jump").waitFor({ state: "detached" });
  },
});

Deno.test({
  ...skipWhen("what was said while the socket was away is there after it, once", noChromium),
  async fn() {
    await using opened = await openTalk({}, { turns: [said(1)] });
    const { page, host } = opened;
    host.agents.turns.push(said(2)); // nobody is told
    host.cut();
    await page.getByText("turn 2").waitFor();
    host.agents.say("one", said(3));
    await page.getByText("turn 3").waitFor();
    assertEquals(await page.locator(".block").allTextContents(), ["turn 1", "turn 2", "turn 3"]);
    host.agents.begin("talk-2");
    host.agents.say("one", said(4));
    await page.getByText("turn 4").waitFor();
    assertEquals(await page.locator(".block").allTextContents(), ["turn 4"]);
  },
});

Deno.test({
  ...skipWhen("a prompt is sent once, never while composing, and its draft is kept", noChromium),
  async fn() {
    await using opened = await openTalk();
    const { page, host } = opened;
    await box(page).focus();
    const client = await page.context().newCDPSession(page);
    await client.send("Input.imeSetComposition", {
      text: "にほ",
      selectionStart: 2,
      selectionEnd: 2,
    });
    await client.send("Input.dispatchKeyEvent", {
      type: "rawKeyDown",
      windowsVirtualKeyCode: 229,
      key: "Enter",
      code: "Enter",
    });
    await client.send("Input.insertText", { text: "日本" });
    await page.keyboard.press("Shift+Enter");
    await page.keyboard.type("second line");
    assertEquals(host.agents.prompts, []);
    await page.reload();
    await waitFor(async () => await box(page).inputValue() === "日本\nsecond line", {
      what: "the draft",
    });
    await box(page).focus();
    let release = () => {};
    host.agents.holdPrompts = new Promise<void>((resolve) => release = resolve);
    host.agents.nextPrompt = { changes: ["a control character was taken out"] };
    await page.keyboard.press("Enter");
    await page.getByText("Typing it in…").waitFor();
    await page.keyboard.type("next");
    await page.keyboard.press("Enter"); // one at a time
    release();
    await page.getByTestId("changes").waitFor();
    await waitFor(async () => (await prompts(page)).some((text) => text.includes("second line")), {
      what: "the prompt in the conversation",
    });
    await page.getByTestId("sent").waitFor({ state: "detached" });
    assertEquals(host.agents.prompts, ["日本\nsecond line"]);
    assertEquals(await box(page).inputValue(), "next");
    assertEquals(
      await page.evaluate(() => ({ ...sessionStorage })["chatcode.draft.box/one"]),
      "next",
    );
  },
});

Deno.test({
  ...skipWhen("a refused prompt says why and comes back, a queued one waits", noChromium),
  async fn() {
    await using opened = await openTalk();
    const { page, host } = opened;
    host.agents.nextPrompt = { refuse: "PROMPT_REFUSED", message: "Cannot send: it sleeps" };
    await box(page).fill("wake up");
    await page.keyboard.press("Enter");
    await page.getByText("Not sent: Cannot send: it sleeps").waitFor();
    await waitFor(async () => await box(page).inputValue() === "wake up", { what: "the text" });
    host.agents.nextPrompt = { changes: [], queued: true };
    await sends(opened, "wake up");
    await page.getByText("Waits until the agent is done").waitFor();
    assertEquals(new Set(host.agents.keys).size, 2, "an answered refusal is tried anew");
    host.agents.say("one", { ...said(1), kind: "prompt", text: "wake up " });
    await page.getByTestId("sent").waitFor({ state: "detached" });

    await box(page).fill("/");
    await page.getByTestId("hints").getByText("/compact").click();
    assertEquals(await box(page).inputValue(), "/compact ");
    await box(page).fill("/quit now");
    await page.getByText("/quit is not a command").waitFor();
    assertEquals(await page.getByTestId("send").isDisabled(), true);

    host.agents.setStatus("one", "working");
    await page.getByTestId("interrupt").click();
    await page.locator(".block-interrupted").nth(1).waitFor();
    assertEquals(host.agents.interrupts, 1);
  },
});

Deno.test({
  ...skipWhen("an approval is seen everywhere, answered once, and withdrawn", noChromium),
  async fn() {
    await using opened = await openTalk();
    const { page, host, origin } = opened;
    const list = await opened.another();
    await list.goto(`${origin}/sessions`);
    host.agents.ask("one", playedApproval("a1"));
    await list.getByTestId("asks").waitFor();
    await waitFor(async () => (await list.title()).startsWith("(!)"), { what: "the list's title" });
    await page.getByText("rm -rf build && npm run build -- --verbose").waitFor();
    await waitFor(async () => await page.title() === "(!) login · Chatcode", { what: "the title" });
    await box(page).fill("hello");
    assertEquals(await page.getByTestId("send").isDisabled(), true);
    await page.getByText("Answer what is asked above first.").waitFor();
    await page.getByTestId("verdict-allow-session").click();
    await page.getByTestId("outcome").getByText("Allowed").waitFor();
    assertEquals(await page.getByTestId("approval").count(), 0);
    await waitFor(async () => await page.title() === "login · Chatcode", { what: "the title" });

    host.agents.ask("one", playedApproval("a2", { verdicts: ["allow", "deny"] }));
    await page.getByTestId("approval").waitFor();
    assertEquals(await page.getByTestId("verdict-allow-session").count(), 0);
    host.agents.end("one", "a2", "expired");
    await page.getByText("Expired unanswered").waitFor();
    host.agents.ask("one", playedApproval("a3"));
    await page.getByTestId("approval").waitFor();
    host.agents.end("one", "a3", "elsewhere");
    await page.getByText("Answered at the terminal").waitFor();
    await list.getByTestId("asks").waitFor({ state: "detached" });
  },
});

Deno.test({
  ...skipWhen("on a phone Enter makes a new line and a button sends", noChromium),
  async fn() {
    await using opened = await openTalk(PHONE);
    const { page, host } = opened;
    await box(page).focus();
    await page.keyboard.type("one");
    await page.keyboard.press("Enter");
    await page.keyboard.type("two");
    const tall = await box(page).evaluate((it) => it.clientHeight);
    await page.getByTestId("send").tap();
    await waitFor(() => host.agents.prompts.length > 0, { what: "the prompt" });
    assertEquals(host.agents.prompts, ["one\ntwo"]);
    await waitFor(async () => await box(page).evaluate((it) => it.clientHeight) < tall, {
      what: "a box of one line again",
    });
    assertEquals(await page.getByTestId("view-both").isVisible(), false);
    await page.getByTestId("view-terminal").tap();
    await page.locator('[data-testid="live"][data-state="live"]').waitFor();
  },
});

Deno.test({
  ...skipWhen("terminal and conversation stand side by side, and the choice is kept", noChromium),
  async fn() {
    await using opened = await openTalk();
    const { page, host } = opened;
    await page.getByTestId("view-both").click();
    await page.locator('[data-testid="live"][data-state="live"]').waitFor();
    const wide = host.size.cols;
    await page.reload();
    await page.locator('[data-testid="live"][data-state="live"]').waitFor();
    await page.getByTestId("prompt").first().waitFor();
    const terminal = await page.getByTestId("scroller").boundingBox();
    const talk = await page.getByTestId("talk-scroll").boundingBox();
    assertEquals([terminal?.width, talk?.x, terminal?.y], [720, 721, talk?.y]);
    await page.getByTestId("view-terminal").click();
    await waitFor(() => host.size.cols > wide, { what: "a wider terminal" });
    await page.getByTestId("view-both").click();
    await page.setViewportSize({ width: 1000, height: 700 });
    await page.getByTestId("terminal-page").waitFor({ state: "detached" });
  },
});

Deno.test({
  ...skipWhen("[SE6] a conversation alone says whether somebody looks", noChromium),
  async fn() {
    await using opened = await openTalk();
    const { page, host } = opened;
    const said = (what: string, foreground: boolean) =>
      waitFor(() => host.looks.at(-1)?.foreground === foreground, { what });
    const becomes = (state: DocumentVisibilityState) =>
      page.evaluate((state) => {
        Object.defineProperty(document, "visibilityState", { value: state, configurable: true });
        document.dispatchEvent(new Event("visibilitychange"));
      }, state);
    await said("a look", true);
    assertEquals(host.looks[0], { session: "one", foreground: true });
    await becomes("hidden");
    await said("that nobody looks", false);
    await becomes("visible");
    await said("a look again", true);
    const before = host.looks.length;
    host.cut();
    await waitFor(() => host.looks.length > before, { what: "it on the next socket" });
    assertEquals(host.looks.at(-1)?.foreground, true);
    await page.getByLabel("All sessions").click();
    await page.waitForURL("**/sessions");
  },
});

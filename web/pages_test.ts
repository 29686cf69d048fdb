import { assertEquals, assertMatch } from "@std/assert";
import axe from "axe-core";
import type { BrowserContextOptions, Page } from "playwright-core";
import { skipWhen } from "../kit/testing/skip.ts";
import { waitFor } from "../kit/testing/wait_for.ts";
import { missingChromium, openPage, PHONE } from "./testing/open_page.ts";
import { playedApproval } from "./testing/played_agents.ts";
import { playedMachine, playedSession } from "./testing/played_host.ts";
import { playedTalk } from "./testing/played_talk.ts";
import { playedUsage } from "./testing/played_usage.ts";
import { SIGN_IN_TOKEN } from "./testing/memory_services.ts";

const noChromium = missingChromium();

const SCREENS: Readonly<Record<string, BrowserContextOptions>> = {
  "a wide light screen": { colorScheme: "light" },
  "a wide dark screen": { colorScheme: "dark" },
  "a light phone": { ...PHONE, colorScheme: "light" },
  "a dark phone": { ...PHONE, colorScheme: "dark" },
};

/** Fails on what axe-core finds serious, and on a page that must be scrolled sideways. */
async function assertWellMade(page: Page, where: string): Promise<void> {
  await page.evaluate(axe.source);
  const { bad, overflow } = await page.evaluate(async () => {
    const { axe } = globalThis as unknown as {
      axe: {
        run(): Promise<
          { violations: { id: string; impact?: string; nodes: { html: string }[] }[] }
        >;
      };
    };
    const { violations } = await axe.run();
    return {
      bad: violations
        .filter(({ impact }) => impact === "serious" || impact === "critical")
        .map(({ id, nodes }) => `${id}: ${nodes[0]?.html.slice(0, 200)}`),
      overflow: document.documentElement.scrollWidth - innerWidth,
    };
  });
  assertEquals({ bad, overflow: Math.max(0, overflow) }, { bad: [], overflow: 0 }, where);
}

for (const [screen, options] of Object.entries(SCREENS)) {
  Deno.test({
    ...skipWhen(`every page is well made on ${screen}`, noChromium),
    async fn() {
      await using opened = await openPage(options);
      const { page, origin, host, complaints } = opened;
      const check = (where: string) => assertWellMade(page, `${where} on ${screen}`);
      await page.goto(`${origin}/sign-in`);
      await page.getByText("You need a sign-in link").waitFor();
      await check("sign-in");

      await page.goto(`${origin}/sessions`);
      await page.getByTestId("session").first().waitFor();
      await check("sessions");
      await page.getByTestId("start-session").click();
      await page.getByTestId("folder-choice").first().waitFor();
      await page.getByTestId("agent-codex").waitFor();
      await check("the start dialog");
      await page.keyboard.press("Escape");
      await page.getByLabel("Actions for first").click();
      await page.getByRole("button", { name: "End…" }).click();
      await check("the end dialog");

      host.presence(playedMachine("cellar", { online: false }));
      await page.goto(`${origin}/machines`);
      await page.getByTestId("online").first().waitFor();
      await check("machines");
      await page.getByRole("button", { name: "Agents on box" }).click();
      await page.getByTestId("agent-claude").waitFor();
      await check("the agents");
      await page.getByRole("button", { name: "Install hooks for Claude Code" }).click();
      await page.getByTestId("diff").waitFor();
      await check("the consent");
      await page.getByRole("button", { name: "Cancel" }).click();
      await page.getByTestId("agent-claude").waitFor();
      await page.keyboard.press("Escape");
      await page.getByTestId("add-machine").click();
      await page.getByLabel("What do you call it?").fill("attic");
      await page.keyboard.press("Enter");
      await page.getByTestId("install-command").waitFor();
      await check("the credentials");

      await page.goto(`${origin}/usage`);
      await check("no usage");
      opened.services.usageRows.push(...playedUsage());
      await page.reload();
      await check("usage");

      await page.goto(`${origin}/settings`);
      await page.getByTestId("create-token").click();
      await check("the token dialog");
      await page.keyboard.press("Escape");
      await check("settings");
      await page.goto(`${origin}/settings/audit`);
      await check("the audit log");
      await page.goto(`${origin}/settings/telegram`);
      await page.getByTestId("telegram-checks").waitFor();
      await page.getByTestId("telegram-link").click();
      await page.getByTestId("telegram-open").waitFor();
      await page.locator(".guide > summary").click();
      await check("Telegram");

      host.screen =
        "\x1b[32mgreen\x1b[0m \x1b[38;2;255;120;40mtrue colour\x1b[0m 日本 https://x.example\r\n$ ";
      await page.goto(`${origin}/s/box/one`);
      await page.locator('[data-testid="live"][data-state="live"]').waitFor();
      await page.getByTestId("hops").click();
      await check("the terminal");

      host.sessions.set("two" as never, playedSession("box", "two", { agent: "claude" }));
      host.agents.turns = playedTalk();
      await page.goto(`${origin}/s/box/two`);
      await page.getByTestId("view-conversation").click();
      await page.locator(".hljs-keyword").first().waitFor();
      for (const summary of await page.locator(".steps-folded > summary, .step summary").all()) {
        await summary.click();
      }
      await check("the conversation");
      host.agents.ask("two", playedApproval("a1"));
      await page.getByTestId("prompt-box").fill("/c");
      await page.getByTestId("approval").waitFor();
      await check("an approval");
      await page.goto(`${origin}/sessions`);
      await page.getByTestId("asks").waitFor();
      await check("a session that asks");

      assertEquals(complaints, []);
      await page.goto(`${origin}/nothing`);
      await check("an error page");
    },
  });
}

Deno.test({
  ...skipWhen("a sign-in link works once, and its token leaves the address", noChromium),
  async fn() {
    await using opened = await openPage();
    const { page, origin } = opened;
    await page.context().clearCookies();
    await page.goto(`${origin}/machines`);
    await page.waitForURL("**/sign-in?next=%2Fmachines");
    await page.goto(`${origin}/sign-in?next=%2Fmachines#${SIGN_IN_TOKEN}`);
    await page.waitForURL(`${origin}/machines`);
    await page.goBack();
    assertEquals(page.url().includes(SIGN_IN_TOKEN), false);
    await page.context().clearCookies();
    await page.goto(`${origin}/sign-in#${SIGN_IN_TOKEN}`);
    await page.getByText("This link was used before").waitFor();
    assertEquals(page.url(), `${origin}/sign-in`);
  },
});

Deno.test({
  ...skipWhen("machines and sessions are live, and changed from their pages", noChromium),
  async fn() {
    await using opened = await openPage();
    const { page, origin, host, services } = opened;
    await page.goto(`${origin}/machines`);
    const attic = page.locator('[data-host="attic"]');
    host.presence(playedMachine("attic", { online: false }));
    await attic.getByText("Offline").waitFor();
    host.presence(playedMachine("attic"));
    await attic.getByText("Online").waitFor();
    await page.getByTestId("add-machine").click();
    await page.getByLabel("What do you call it?").fill("den");
    await page.keyboard.press("Enter");
    const command = await page.getByTestId("install-command").textContent();
    await page.getByRole("button", { name: "Copy command" }).click();
    assertEquals(await page.evaluate(() => navigator.clipboard.readText()), command);
    assertMatch(command ?? "", /^CHATCODE_GATEWAY_ID=/);
    const [added] = services.hostRecords.values();
    host.presence(playedMachine(added?.id ?? "", { name: "den" }));
    await page.getByText("den is connected.").waitFor();
    await page.getByRole("button", { name: "Done" }).click();

    await page.goto(`${origin}/sessions`);
    await page.getByTestId("start-session").click();
    await page.getByLabel("Machine").selectOption("box");
    await page.getByTestId("folder-choice").getByText("web").click();
    await page.getByTestId("folder-choice").getByText("static").waitFor();
    await page.getByLabel("Title").fill("second");
    await page.keyboard.press("Enter");
    await page.waitForURL("**/s/box/s2");
    await page.getByLabel("All sessions").click();
    await page.getByLabel("Actions for second").click();
    await page.getByRole("button", { name: "Rename" }).click();
    await page.getByRole("textbox").fill("renamed");
    await page.keyboard.press("Enter");
    await page.getByText("renamed").waitFor();
    await page.getByLabel("Actions for renamed").click();
    await page.getByRole("button", { name: "End…" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "End the session" }).click();
    await page.getByText("renamed").first().waitFor({ state: "detached" });
    await waitFor(() => !host.sessions.has("s2" as never), { what: "the end of the session" });
  },
});

Deno.test({
  ...skipWhen("the keyboard alone leads through pages and out of the terminal", noChromium),
  async fn() {
    await using opened = await openPage();
    const { page, origin, host } = opened;
    host.sessions.set("two" as never, playedSession("box", "two"));
    await page.goto(`${origin}/sessions`);
    await page.getByTestId("session").first().waitFor();
    await page.keyboard.press("Tab");
    assertEquals(
      await page.evaluate(() => document.activeElement?.textContent),
      "Skip to the page",
    );
    await page.keyboard.press("Enter");
    // The focus is in the page: the first thing there is the start button.
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await page.getByRole("dialog").waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
    const focused = () =>
      page.evaluate(() => document.activeElement?.getAttribute("data-testid") ?? "");
    assertEquals(await focused(), "start-session");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await page.waitForURL("**/s/box/**");
    await page.locator('[data-testid="live"][data-state="live"]').waitFor();
    await page.keyboard.press("Tab");
    await waitFor(() => host.typed === "\t", { what: "Tab in the session" });
    await page.keyboard.press("Control+F6");
    await page.keyboard.press("Enter");
    await page.waitForURL("**/sessions");
  },
});

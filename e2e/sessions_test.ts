import { assertEquals } from "@std/assert";
import { waitFor } from "../kit/testing/wait_for.ts";
import { skipWhen } from "../kit/testing/skip.ts";
import { missingChromium, type Page } from "./harness/browser.ts";
import { Journey } from "./harness/journey.ts";
import { sameScreen } from "./harness/same_screen.ts";
import { TerminalPage } from "./harness/terminal_page.ts";

Deno.test({
  ...skipWhen("sessions start in a folder, are renamed, and end", missingChromium()),
  async fn() {
    await using journey = await Journey.begin();
    const { site } = journey;
    await Deno.mkdir(`${site.workspace}/project/inner`, { recursive: true });
    const tab = await journey.signedInTab();
    const { page } = tab;

    await page.getByTestId("start-session").click();
    await page.getByTestId("folder-choice").filter({ hasText: "project" }).click();
    await page.getByTestId("folder-choice").filter({ hasText: "inner" }).click();
    await page.getByLabel("Command").fill("sh -c 'pwd; exec cat'");
    await page.getByLabel("Title").fill("A cat");
    await page.getByRole("button", { name: "Start", exact: true }).click();
    await page.waitForURL("**/s/**");
    const terminal = new TerminalPage(page);
    await terminal.live();
    await terminal.sees(`${site.workspace}/project/inner`);
    const [session = ""] = await site.tmux.sessions();

    // A program runs: the list says so, and a shell that waits is idle.
    await page.goto(`${site.url}/sessions`);
    await status(page, "A cat", "Working");
    await choose(page, "A cat", "Rename");
    await page.getByLabel("Title").fill("The cat");
    await page.getByRole("button", { name: "Rename" }).last().click();
    await status(page, "The cat", "Working");
    const client = await site.client();
    await client.requestAny("sessions.start", { host: site.host, title: "A shell" });
    await status(page, "A shell", "Idle");
    await client[Symbol.asyncDispose]();

    // End, with a confirmation; another tab that looks at it is told.
    const watching = await tab.another();
    const watched = await journey.terminal(watching, session);
    await choose(page, "The cat", "End…");
    await page.getByRole("button", { name: "End the session" }).click();
    await row(page, "The cat").waitFor({ state: "detached" });
    await watched.over();
    assertEquals((await site.tmux.sessions()).includes(session), false);

    // A program that exits ends its session too.
    await row(page, "A shell").getByRole("link").click();
    await terminal.live();
    await terminal.type("exit\n");
    await terminal.over();
    tab.assertClean();
    watching.assertClean();
  },
});

Deno.test({
  ...skipWhen("a machine that goes offline is shown, and comes back by itself", missingChromium()),
  async fn() {
    await using journey = await Journey.begin();
    const { site } = journey;
    const client = await site.client();
    const { session } = await client.requestAny("sessions.start", {
      host: site.host,
      title: "Stays",
      command: ["cat"],
    }) as { session: { id: string } };
    await client[Symbol.asyncDispose]();
    const tab = await journey.signedInTab();
    const panePid = await site.tmux.panePid(session.id);
    const terminal = await journey.terminal(tab, session.id);
    const list = await tab.another();
    await list.page.goto(`${site.url}/sessions`);
    await status(list.page, "Stays", "Working");

    await site.gateway.child.stop();
    await row(list.page, "Stays").getByText("Machine offline").waitFor();
    await terminal.waiting();
    await terminal.type("typed while offline\n");
    await site.gateway.startAgain();
    await terminal.live();
    await status(list.page, "Stays", "Working");
    // Once by the echo, once by cat; nothing lost, nothing twice.
    await waitFor(
      async () =>
        (await site.tmux.screen(session.id)).filter((line) => line === "typed while offline")
          .length === 2,
      { what: "what was typed while offline" },
    );
    await sameScreen(site, terminal, session.id);
    assertEquals(await site.tmux.panePid(session.id), panePid);
    tab.assertClean();
    list.assertClean();
  },
});

function row(page: Page, title: string) {
  return page.getByTestId("session").filter({ hasText: title });
}

async function status(page: Page, title: string, words: string): Promise<void> {
  await row(page, title).getByTestId("status").filter({ hasText: words }).waitFor();
}

async function choose(page: Page, title: string, action: string): Promise<void> {
  await page.getByLabel(`Actions for ${title}`).click();
  await row(page, title).getByRole("button", { name: action }).click();
}

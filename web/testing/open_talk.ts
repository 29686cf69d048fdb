import type { BrowserContextOptions } from "playwright-core";
import { type OpenPage, openPage } from "./open_page.ts";
import { playedSession } from "./played_host.ts";
import { playedTalk } from "./played_talk.ts";

/** The page of a session with an agent, its conversation in view. */
export async function openTalk(
  options: BrowserContextOptions = {},
  { turns = playedTalk(), flags = [] as readonly string[] } = {},
): Promise<OpenPage> {
  const opened = await openPage(options, flags);
  try {
    const { page, host, origin } = opened;
    host.sessions.set(
      "one" as never,
      playedSession("box", "one", { title: "login", agent: "claude", foreground: "claude" }),
    );
    host.agents.turns = turns;
    await page.goto(`${origin}/s/box/one`);
    await page.getByTestId("view-conversation").click();
    await page.locator('[data-testid="conversation"][data-state="ready"]').waitFor();
    return opened;
  } catch (error) {
    await opened[Symbol.asyncDispose]();
    throw error;
  }
}

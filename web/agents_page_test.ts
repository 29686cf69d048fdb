import { assertEquals } from "@std/assert";
import { skipWhen } from "../kit/testing/skip.ts";
import { waitFor } from "../kit/testing/wait_for.ts";
import { missingChromium, openPage } from "./testing/open_page.ts";
import { playedSession } from "./testing/played_host.ts";

const noChromium = missingChromium();

Deno.test({
  ...skipWhen("a session is started with an agent, or to sign in to one", noChromium),
  async fn() {
    await using opened = await openPage();
    const { page, origin, host } = opened;
    await page.goto(`${origin}/sessions`);
    await page.getByTestId("start-session").click();
    await page.getByTestId("agent-claude").getByText("2.1.0").waitFor();
    assertEquals(await page.getByTestId("agent-gemini").count(), 0);
    await page.getByText("Not installed there: Gemini CLI").waitFor();
    await page.getByLabel("Claude Code").check();
    assertEquals(await page.getByLabel("Command", { exact: true }).count(), 0);
    await page.getByRole("button", { name: "Start", exact: true }).click();
    await page.waitForURL("**/s/box/s2");
    await page.getByTestId("view-conversation").waitFor();
    assertEquals(host.sessions.get("s2" as never)?.agent, "claude");

    await page.goto(`${origin}/sessions`);
    await page.getByTestId("start-session").click();
    await page.getByRole("button", { name: "Sign in to Codex" }).click();
    await page.waitForURL("**/s/box/s3");
    assertEquals(host.sessions.get("s3" as never)?.command, ["codex", "login"]);
  },
});

Deno.test({
  ...skipWhen("[HK1] hooks are changed after their preview, and a yes", noChromium),
  async fn() {
    await using opened = await openPage();
    const { page, origin, host } = opened;
    const hooks = () => host.agents.list.find(({ id }) => id === "claude")?.hooks;
    await page.goto(`${origin}/machines`);
    await page.getByRole("button", { name: "Agents on box" }).click();
    const claude = page.getByTestId("agent-claude");
    await claude.getByText("No hooks").waitFor();
    await page.getByRole("button", { name: "Install hooks for Claude Code" }).click();
    await page.getByTestId("diff").getByText('"hooks"').waitFor();
    await page.getByRole("button", { name: "Cancel" }).click();
    assertEquals(hooks(), "absent");
    await page.getByRole("button", { name: "Install hooks for Claude Code" }).click();
    await page.getByTestId("consent").click();
    await claude.getByText("Hooks installed").waitFor();
    await waitFor(() => hooks() === "installed", { what: "the hooks" });
  },
});

Deno.test({
  ...skipWhen("[SE7] a lost session says so, and is resumed from its page", noChromium),
  async fn() {
    await using opened = await openPage();
    const { page, host, origin, complaints } = opened;
    host.sessions.set(
      "old" as never,
      playedSession("box", "old", {
        ...{
          title: "login",
          agent: "claude",
          conversation: "talk-1",
          status: "lost",
          resumable: true,
        },
      }),
    );
    await page.goto(`${origin}/sessions`);
    const row = page.locator('[data-session="old"]');
    await row.getByText("Lost").waitFor();
    await row.getByRole("link", { name: "login" }).click();
    await page.getByText("login was lost").waitFor();
    await page.getByTestId("resume").click();
    await page.waitForURL(/\/s\/box\/s\d+$/);
    const started = [...host.sessions.values()].find(({ id }) => id !== "old" && id !== "one");
    assertEquals([started?.agent, started?.conversation, started?.title], [
      "claude",
      "talk-1",
      "login",
    ]);
    assertEquals(complaints, []);
  },
});

import { assert, assertEquals } from "@std/assert";
import { waitFor } from "../kit/testing/wait_for.ts";
import { skipWhen } from "../kit/testing/skip.ts";
import { missingChromium, TestBrowser } from "./harness/browser.ts";
import { Child } from "./harness/child.ts";
import { signIn } from "./harness/journey.ts";
import { PaneTmux } from "./harness/pane_tmux.ts";
import { isRunning } from "./harness/proc.ts";
import { entry } from "./harness/root.ts";
import { TerminalPage } from "./harness/terminal_page.ts";

Deno.test({
  ...skipWhen("one command: a link, a terminal, and sessions that outlive it", missingChromium()),
  async fn() {
    const folder = await Deno.makeTempDir({ prefix: "cc-e2e-" });
    await using tmux = new PaneTmux();
    try {
      await Deno.mkdir(`${folder}/workspace`);
      await using browser = await TestBrowser.launch();
      await using first = startCommand(folder, tmux);
      const line = await theLine(first);
      await using tab = await browser.tab();
      const { page } = tab;
      await signIn(page, String(line.url));

      await page.getByTestId("start-session").click();
      await page.getByRole("button", { name: "Start", exact: true }).click();
      await page.waitForURL("**/s/**");
      const terminal = new TerminalPage(page);
      await terminal.live();
      await terminal.type("echo $((6*7))\n");
      await terminal.sees("42");
      const [session = ""] = await tmux.sessions();

      // The same screen after a reload.
      const before = await terminal.screen();
      await page.reload();
      await terminal.live();
      await terminal.sees("42");
      await waitFor(async () => String(await terminal.screen()) === String(before), {
        what: "the same screen after a reload",
      });
      tab.assertClean();

      // A link works once.
      await using stranger = await browser.tab();
      await stranger.page.goto(String(line.url));
      await stranger.page.getByTestId("sign-in-trouble").waitFor();

      // Stopped, the session stays; started again, it is the same one and the tab finds it.
      const panePid = await tmux.panePid(session);
      assert(await first.stop(), "Ctrl-C did not stop it in time");
      assertEquals((await first.ended()).code, 0, first.tail());
      assert(!isRunning(Number(line.relayPid)) && !isRunning(Number(line.gatewayPid)));
      assertEquals(await tmux.panePid(session), panePid);
      await using second = startCommand(folder, tmux, Number(line.port));
      await theLine(second);
      await terminal.live();
      await terminal.type("echo $((7*7))\n");
      await terminal.sees("49");
      assertEquals(await tmux.panePid(session), panePid);
    } finally {
      await tmux[Symbol.asyncDispose]();
      await Deno.remove(folder, { recursive: true });
    }
  },
});

function startCommand(folder: string, tmux: PaneTmux, port = 0): Child {
  return new Child("start", {
    args: ["run", "-A", entry("tools/start.ts"), "--json", "--no-open", "--port", `${port}`]
      .concat("--data", `${folder}/data`),
    env: {
      CHATCODE_TMUX_SOCKET: tmux.socketName,
      CHATCODE_WORKSPACE: `${folder}/workspace`,
      SHELL: "/bin/sh",
      PS1: "$ ",
      ENV: "",
    },
  });
}

/** The one JSON line that says all is up. */
async function theLine(start: Child) {
  return await start.line((line) => typeof line.url === "string" && "relayPid" in line, "its line");
}

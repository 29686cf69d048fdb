import { assertEquals } from "@std/assert";
import { skipWhen } from "../kit/testing/skip.ts";
import { assertAccessible } from "./harness/axe.ts";
import { DESKTOP, missingChromium, PHONE } from "./harness/browser.ts";
import { Journey } from "./harness/journey.ts";
import { sameScreen } from "./harness/same_screen.ts";
import { screenshot } from "./harness/screenshot.ts";
import { TerminalPage } from "./harness/terminal_page.ts";

/** What the pictures in the docs show. */
const SHOW = `p() { printf '\\033[1;32m~/shop\\033[0m $ %s\\n' "$1"; }
ok() { printf '%s ... \\033[32mok\\033[0m \\033[90m(%s ms)\\033[0m\\n' "$1" "$2"; }
p 'git log --oneline --decorate -4'
printf '\\033[33me42ee64\\033[0m (\\033[1;36mHEAD -> \\033[1;32mmain\\033[0m) feat: pay by invoice\\n'
printf '\\033[33m72feec6\\033[0m fix: rounding of VAT\\n'
printf '\\033[33mb4f2b61\\033[0m test: the cart over midnight\\n'
printf '\\033[33m088f518\\033[0m feat: one cart on every device\\n'
p 'deno test'
printf '\\033[90mrunning 6 tests from ./cart_test.ts\\033[0m\\n'
ok 'a cart keeps its order' 2; ok 'a cart is the same on every device' 11
ok 'an empty cart costs nothing' 1; ok 'prices are of the day' 4
ok 'VAT is rounded once' 1; ok 'an invoice is numbered without gaps' 9
printf '\\n\\033[32mok\\033[0m | 6 passed | 0 failed \\033[90m(31 ms)\\033[0m\\n\\n'
printf '\\033[1;32m~/shop\\033[0m $ '; exec cat`;

for (const colorScheme of ["light", "dark"] as const) {
  for (const [device, size] of [["desktop", DESKTOP], ["phone", PHONE]] as const) {
    Deno.test({
      ...skipWhen(
        `axe finds nothing serious on any page, ${colorScheme}, ${device}`,
        missingChromium(),
      ),
      async fn() {
        await using journey = await Journey.begin();
        const { site } = journey;
        await using client = await site.client();
        await Deno.writeTextFile(`${site.workspace}/watch`, SHOW);
        const params = { host: site.host, title: "Shop", command: ["sh", "watch"] };
        const { session } = await client.requestAny("sessions.start", params) as {
          session: { id: string };
        };
        await client.requestAny("sessions.start", { host: site.host, title: "Scratch" });
        const shot = async (name: string) => {
          if (colorScheme === "dark") await screenshot(page, `${name}-${device}`);
        };

        await using stranger = await journey.browser.tab({ ...size, colorScheme });
        await stranger.page.goto(`${site.url}/sign-in`);
        await stranger.page.getByText("You need a sign-in link").waitFor();
        await assertAccessible(stranger.page, "sign-in");
        await stranger.page.goto(`${site.url}/sign-in#nonsense`);
        await stranger.page.getByTestId("sign-in-trouble").waitFor();
        await assertAccessible(stranger.page, "sign-in, refused");

        const tab = await journey.signedInTab({ ...size, colorScheme });
        const { page } = tab;
        await page.getByTestId("session").first().waitFor();
        await assertAccessible(page, "sessions");
        await shot("sessions");
        await page.getByTestId("start-session").click();
        await page.getByText("No folders in here").waitFor();
        await assertAccessible(page, "the start dialog");
        await page.keyboard.press("Escape");

        await page.goto(`${site.url}/machines`);
        await page.getByTestId("online").waitFor();
        await assertAccessible(page, "machines");
        await shot("machines");
        await page.getByTestId("add-machine").click();
        await assertAccessible(page, "the dialog to add a machine");
        await page.getByLabel("What do you call it?").fill("Another");
        await page.getByRole("button", { name: "Add", exact: true }).click();
        await page.getByTestId("install-command").waitFor();
        await assertAccessible(page, "a machine's credentials");

        await page.goto(`${site.url}/settings`);
        await page.getByTestId("browser-sessions").waitFor();
        await assertAccessible(page, "settings");
        await page.goto(`${site.url}/settings/audit`);
        await page.getByRole("heading", { level: 1 }).waitFor();
        await assertAccessible(page, "the audit log");

        const terminal = await journey.terminal(tab, session.id);
        await terminal.sees("6 passed");
        await assertAccessible(page, "a terminal");
        await shot("terminal");
        await page.getByTestId("search").click();
        await assertAccessible(page, "a terminal's search");
        await page.keyboard.press("Escape");
        await page.getByLabel("More").click();
        await assertAccessible(page, "a terminal's menu");
        tab.assertClean();

        await page.goto(`${site.url}/no-such-page`);
        await assertAccessible(page, "a page that is not there");
      },
    });
  }
}

Deno.test({
  ...skipWhen("by the keyboard alone: sign in, start, type, leave, end", missingChromium()),
  async fn() {
    await using journey = await Journey.begin();
    const { site } = journey;
    const tab = await journey.signedInTab();
    const { page } = tab;
    await tabTo("button", /^Start a session$/);
    await page.keyboard.press("Enter");
    await page.getByTestId("start-dialog").waitFor();
    // Focus stays inside the dialog; its first press of Enter starts a shell.
    await tabTo("input", /^Command/);
    await page.keyboard.type("sh");
    await page.keyboard.press("Enter");
    await page.waitForURL("**/s/**");
    const terminal = new TerminalPage(page);
    await terminal.live();
    // No click: the terminal has the focus, and Tab belongs to the shell.
    await page.keyboard.type("echo $((6*7))\n");
    await terminal.sees("42");
    await page.keyboard.press("Tab");
    await page.keyboard.type("echo still here\n");
    await terminal.sees("still here");
    const [session = ""] = await site.tmux.sessions();
    await sameScreen(site, terminal, session);

    await page.keyboard.press("Control+F6");
    await page.keyboard.press("Enter");
    await page.waitForURL("**/sessions");
    await tabTo("summary", /^Actions for/);
    await page.keyboard.press("Enter");
    await tabTo("button", /^End/);
    await page.keyboard.press("Enter");
    await tabTo("button", /^End the session$/);
    await page.keyboard.press("Enter");
    await page.getByTestId("session").waitFor({ state: "detached" });
    assertEquals(await site.tmux.sessions(), []);
    tab.assertClean();

    /** Presses Tab until an element of that kind and name has the focus. */
    async function tabTo(element: string, name: RegExp): Promise<void> {
      for (let i = 0; i < 60; i++) {
        const [tag, text] = await page.evaluate(() => {
          const focused = document.activeElement;
          const label = focused?.getAttribute("aria-label") ??
            (focused as HTMLInputElement | null)?.labels?.[0]?.textContent ??
            focused?.textContent;
          return [focused?.tagName.toLowerCase() ?? "", (label ?? "").trim()] as const;
        });
        if (tag === element && name.test(text)) return;
        await page.keyboard.press("Tab");
      }
      throw new Error(`Tab never led to ${element} ${name}`);
    }
  },
});

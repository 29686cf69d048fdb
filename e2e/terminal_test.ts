import { assert, assertEquals } from "@std/assert";
import { waitFor } from "../kit/testing/wait_for.ts";
import { skipWhen } from "../kit/testing/skip.ts";
import { DESKTOP, missingChromium, PHONE, type Tab } from "./harness/browser.ts";
import { Journey } from "./harness/journey.ts";
import { sameScreen } from "./harness/same_screen.ts";
import type { TerminalPage } from "./harness/terminal_page.ts";

/** Takes the whole screen, and draws its size anew whenever that changes. */
const FULL_SCREEN = `printf '\\033[?1049h'
draw() {
  set -- $(stty size); printf '\\033[2J\\033[Hfull screen of %s rows and %s columns' "$1" "$2"
  printf '\\033[%s;1Hthe last row' "$1"
}
trap draw WINCH; draw
while :; do sleep 0.1; done`;

Deno.test({
  ...skipWhen("a full-screen program follows the window's size", missingChromium()),
  async fn() {
    await using journey = await Journey.begin();
    const tab = await journey.signedInTab();
    const { session, terminal } = await open(journey, tab, ["sh", "-c", FULL_SCREEN]);
    for (const size of [DESKTOP, { width: 900, height: 500 }, { width: 1200, height: 850 }]) {
      await tab.page.setViewportSize(size);
      await sameScreen(journey.site, terminal, session, (screen) => {
        const [, rows, cols] = /of (\d+) rows and (\d+) columns/.exec(screen[0] ?? "") ?? [];
        return screen.length === Number(rows) && Number(cols) > size.width / 12;
      });
    }
    tab.assertClean();
  },
});

Deno.test({
  ...skipWhen("vim is drawn as tmux has it, before and after a resize", await missingVim()),
  async fn() {
    await using journey = await Journey.begin();
    const { site } = journey;
    const lines = Array.from({ length: 200 }, (_, i) => `line ${i + 1} — ünïcödé 漢字 🙂`);
    await Deno.writeTextFile(`${site.workspace}/text`, lines.join("\n"));
    const tab = await journey.signedInTab();
    const { session, terminal } = await open(journey, tab, ["vim", "-u", "NONE", "-N", "text"]);
    await terminal.sees("line 1 ");
    await terminal.type("100Gzt");
    await terminal.type("Otyped in vim");
    await terminal.press("Escape");
    await sameScreen(journey.site, terminal, session, (screen) => screen[0] === "typed in vim");
    await tab.page.setViewportSize({ width: 800, height: 480 });
    await sameScreen(journey.site, terminal, session, (screen) => screen.includes("typed in vim"));
    await terminal.type(":wq\n");
    await terminal.over();
    const text = await Deno.readTextFile(`${site.workspace}/text`);
    assertEquals(text.split("\n")[99], "typed in vim");
    tab.assertClean();
  },
});

Deno.test({
  ...skipWhen("20,000 lines of history are scrolled natively", missingChromium()),
  async fn() {
    await using journey = await Journey.begin();
    const tab = await journey.signedInTab();
    const { terminal } = await open(journey, tab, ["sh", "-c", "seq 1 20000; exec cat"]);
    await terminal.sees("20000");
    const jump = tab.page.getByTestId("jump");

    // Up by the wheel, as anybody would.
    await tab.page.getByTestId("scroller").hover();
    await waitFor(async () => {
      await tab.page.mouse.wheel(0, -500);
      return await jump.isVisible();
    }, { what: "the wheel to leave the live screen" });
    await historyShows(terminal, (numbers) => numbers.length > 20 && isCounting(numbers));

    await terminal.scrollTo(0);
    await historyShows(terminal, (numbers) => numbers[0] === 1 && isCounting(numbers));
    await terminal.scrollTo(0.5);
    await historyShows(terminal, (numbers) => {
      const [first = 0] = numbers;
      return first > 9_000 && first < 11_000 && isCounting(numbers);
    });

    // Output meanwhile moves nothing, and is told of.
    const before = await terminal.historyLines();
    await terminal.focus();
    const { session } = await theSession(journey);
    await journey.site.tmux.run("send-keys", "-t", `=${session}:`, "meanwhile", "Enter");
    await jump.filter({ hasText: "New output" }).waitFor();
    assertEquals(await terminal.historyLines(), before);

    await jump.click();
    await jump.waitFor({ state: "detached" });
    await terminal.sees("meanwhile");
    tab.assertClean();
  },
});

Deno.test({
  ...skipWhen("a paste of 100 KB arrives whole, and OSC 52 copies", missingChromium()),
  async fn() {
    await using journey = await Journey.begin();
    const { site } = journey;
    const tab = await journey.signedInTab();
    const { terminal } = await open(journey, tab, ["sh"]);
    const text = Array.from({ length: 1_250 }, (_, i) =>
      `${i} ${"pasted ".repeat(11)}`.slice(0, 79))
      .join("\n") + "\n";
    assert(text.length >= 99_000);
    await terminal.type("cat > pasted\n");
    await terminal.paste(text);
    await waitFor(async () => (await Deno.stat(`${site.workspace}/pasted`)).size >= text.length, {
      what: "the whole paste",
      deadlineMs: 30_000,
    });
    await terminal.press("Control+d");
    assertEquals(await Deno.readTextFile(`${site.workspace}/pasted`), text);

    await terminal.type("printf '\\033]52;c;%s\\007' $(printf 'copied by a program' | base64)\n");
    await waitFor(
      async () =>
        await tab.page.evaluate(() => navigator.clipboard.readText()) === "copied by a program",
      { what: "the clipboard" },
    );
    tab.assertClean();
  },
});

Deno.test({
  ...skipWhen("two viewers share one size, and either may take it over", missingChromium()),
  async fn() {
    await using journey = await Journey.begin();
    const { site } = journey;
    const desktop = await journey.signedInTab();
    const { session, terminal } = await open(journey, desktop, ["sh"]);
    await sameScreen(journey.site, terminal, session, (screen) => screen.length > 0);
    const desktopSize = await site.tmux.size(session);

    const phone = await journey.signedInTab(PHONE);
    const small = await journey.terminal(phone, session);
    await phone.page.getByTestId("banner-size").waitFor();
    assertEquals(await site.tmux.size(session), desktopSize);
    await terminal.type("echo both see this\n");
    await small.sees("both see this");

    await phone.page.getByTestId("take-over").click();
    await desktop.page.getByTestId("banner-size").waitFor();
    const phoneSize = await site.tmux.size(session);
    assert(Number.parseInt(phoneSize) < Number.parseInt(desktopSize));
    await sameScreen(journey.site, small, session);
    await sameScreen(journey.site, terminal, session);

    // Leaving changes no size; the one who stays takes it back.
    await phone[Symbol.asyncDispose]();
    assertEquals(await site.tmux.size(session), phoneSize);
    await desktop.page.getByTestId("take-over").click();
    await waitFor(async () => await site.tmux.size(session) === desktopSize, {
      what: "the desktop's size",
    });
    desktop.assertClean();
  },
});

Deno.test({
  ...skipWhen("on a phone: start, type, and the keys a soft keyboard lacks", missingChromium()),
  async fn() {
    await using journey = await Journey.begin();
    const { site } = journey;
    const tab = await journey.signedInTab(PHONE);
    const { page } = tab;
    await page.getByTestId("start-session").tap();
    await page.getByLabel("Command").fill("sh");
    await page.getByRole("button", { name: "Start", exact: true }).tap();
    await page.waitForURL("**/s/**");
    const { session } = await theSession(journey);
    const terminal = await journey.terminal(tab, session);
    await terminal.type("echo $((6*7))\n");
    await terminal.sees("42");
    await sameScreen(journey.site, terminal, session, (screen) => screen.includes("42"));

    await terminal.type("cat\n");
    await page.getByRole("button", { name: "Ctrl" }).tap();
    await page.keyboard.type("c");
    await terminal.sees("^C");
    await page.getByRole("button", { name: "Arrow up" }).tap();
    await page.evaluate(() => navigator.clipboard.writeText("echo pasted by the bar"));
    await page.getByTestId("paste").tap();
    await terminal.sees("echo pasted by the bar");

    const overflow = await page.evaluate(() =>
      document.documentElement.scrollWidth - document.documentElement.clientWidth
    );
    assertEquals(overflow, 0, "the page scrolls sideways");
    await page.reload();
    await terminal.live();
    await sameScreen(journey.site, terminal, session, (screen) => screen.includes("42"));
    tab.assertClean();
    assertEquals((await site.tmux.sessions()).length, 1);
  },
});

async function open(journey: Journey, tab: Tab, command: string[]) {
  await using client = await journey.site.client();
  const params = { host: journey.site.host, command };
  const { session } = await client.requestAny("sessions.start", params) as {
    session: { id: string };
  };
  return { session: session.id, terminal: await journey.terminal(tab, session.id) };
}

/** The one session there is. */
async function theSession(journey: Journey): Promise<{ session: string }> {
  const session = await waitFor(async () => (await journey.site.tmux.sessions())[0], {
    what: "a session",
  });
  return { session };
}

async function historyShows(
  terminal: TerminalPage,
  fits: (numbers: number[]) => boolean,
): Promise<void> {
  await waitFor(async () => fits((await terminal.historyLines()).map(Number)), {
    what: "the history's lines",
  }).catch(async (cause) => {
    throw new Error(`${cause.message}: ${await terminal.historyLines()}`, { cause });
  });
}

function isCounting(numbers: readonly number[]): boolean {
  return numbers.length > 5 && numbers.every((number, i) => number === (numbers[0] ?? 0) + i);
}

async function missingVim(): Promise<string | undefined> {
  if (missingChromium()) return missingChromium();
  try {
    await new Deno.Command("vim", { args: ["--version"], stdout: "null" }).output();
    return undefined;
  } catch {
    return "vim is not installed";
  }
}

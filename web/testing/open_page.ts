import { type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { CHROMIUM_FLAGS, findChromium } from "../../kit/testing/chromium.ts";
import type { MemoryServices } from "./memory_services.ts";
import { type PlayedHost, playedMachine, playedSession } from "./played_host.ts";
import { serveApp } from "./serve_app.ts";

/** Why tests in a browser cannot run here; undefined if they can. */
export function missingChromium(): string | undefined {
  return findChromium().missing;
}

export const PHONE: BrowserContextOptions = {
  viewport: { width: 390, height: 844 },
  hasTouch: true,
  isMobile: true,
  deviceScaleFactor: 2,
};

export interface OpenPage extends AsyncDisposable {
  readonly page: Page;
  readonly host: PlayedHost;
  readonly services: MemoryServices;
  readonly origin: string;
  /** What the page complained about: errors, and violations of the content policy. */
  readonly complaints: readonly string[];
  /** Another page with the same cookies. */
  another(): Promise<Page>;
}

/** A browser, signed in as the owner, in front of the app with one machine and one session. */
export async function openPage(
  options: BrowserContextOptions = {},
  flags: readonly string[] = [],
): Promise<OpenPage> {
  await using stack = new AsyncDisposableStack();
  const app = stack.use(await serveApp());
  app.host.hosts.set("box" as never, playedMachine("box"));
  app.host.sessions.set("one" as never, playedSession("box", "one", { title: "first" }));
  const { path = "" } = findChromium();
  const browser = await chromium.launch({
    executablePath: path,
    args: [...CHROMIUM_FLAGS, ...flags],
  });
  stack.defer(() => browser.close());
  const context = await browser.newContext({
    viewport: { width: 1440, height: 900 },
    permissions: ["clipboard-read", "clipboard-write"],
    ...options,
  });
  const [name = "", value = ""] = app.services.cookieFor("owner").split("=");
  await context.addCookies([{ name, value, url: app.origin }]);
  const page = await context.newPage();
  page.setDefaultTimeout(15_000);
  const complaints: string[] = [];
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
  const { host, services, origin } = app;
  const held = stack.move();
  return {
    page,
    host,
    services,
    origin,
    complaints,
    another: () => context.newPage(),
    [Symbol.asyncDispose]: () => held.disposeAsync(),
  };
}

/** The page with the session's terminal, live. */
export async function openTerminalPage(options: BrowserContextOptions = {}): Promise<OpenPage> {
  const opened = await openPage(options);
  try {
    await showTerminal(opened.page, opened.origin);
    return opened;
  } catch (error) {
    await opened[Symbol.asyncDispose]();
    throw error;
  }
}

export async function showTerminal(page: Page, origin: string): Promise<void> {
  await page.goto(`${origin}/s/box/one`);
  await page.locator('[data-testid="live"][data-state="live"]').waitFor();
}

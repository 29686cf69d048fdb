import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";
import { CHROMIUM_FLAGS, findChromium } from "../../kit/testing/chromium.ts";
import { assertEquals } from "@std/assert";

export type { Page };

export interface TabOptions {
  readonly width?: number;
  readonly height?: number;
  readonly colorScheme?: "light" | "dark";
  /** A phone: touch, a mobile viewport. Default: false. */
  readonly phone?: boolean;
}

export const DESKTOP = { width: 1440, height: 900 } as const;
export const PHONE = { width: 390, height: 844, phone: true } as const;

/** Why browser tests cannot run here; undefined if they can. */
export function missingChromium(): string | undefined {
  return findChromium().missing;
}

/** A Chromium process. */
export class TestBrowser implements AsyncDisposable {
  readonly #browser: Browser;

  private constructor(browser: Browser) {
    this.#browser = browser;
  }

  static async launch(): Promise<TestBrowser> {
    const { path } = findChromium();
    if (path === undefined) throw new Error("There is no Chromium");
    return new TestBrowser(
      await chromium.launch({
        executablePath: path,
        // Without WebGL xterm.js draws with elements, whose text a test can read.
        args: [...CHROMIUM_FLAGS, "--disable-3d-apis"],
      }),
    );
  }

  /** A tab with cookies of its own. */
  async tab(options: TabOptions = {}): Promise<Tab> {
    const { width = DESKTOP.width, height = DESKTOP.height, phone = false } = options;
    const context = await this.#browser.newContext({
      viewport: { width, height },
      colorScheme: options.colorScheme ?? "light",
      ...(phone && { hasTouch: true, isMobile: true, deviceScaleFactor: 2 }),
      permissions: ["clipboard-read", "clipboard-write"],
    });
    return await Tab.open(context);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#browser.close();
  }
}

/** A tab whose faults are collected: errors on the page, violations of the content policy. */
export class Tab implements AsyncDisposable {
  readonly #faults: string[] = [];

  private constructor(readonly context: BrowserContext, readonly page: Page) {
    page.setDefaultTimeout(15_000);
    page.on("pageerror", (error) => this.#faults.push(`page error: ${error.message}`));
    page.on("console", (message) => {
      if (message.type() === "error") this.#faults.push(`console: ${message.text()}`);
    });
    page.on("crash", () => this.#faults.push("the page crashed"));
  }

  static async open(context: BrowserContext): Promise<Tab> {
    return new Tab(context, await context.newPage());
  }

  /** Another page with the same cookies. */
  async another(): Promise<Tab> {
    return await Tab.open(this.context);
  }

  /** Fails on any fault so far, and forgets them. `expected` are those that the test itself caused. */
  assertClean(expected: RegExp = /^$/): void {
    const faults = this.#faults.splice(0).filter((fault) => !expected.test(fault));
    assertEquals(faults, []);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.context.close();
  }
}

import { DESKTOP, type Page, type Tab, type TabOptions, TestBrowser } from "./browser.ts";
import { Site, type SiteOptions } from "./site.ts";
import { TerminalPage } from "./terminal_page.ts";

/** A site and a browser to walk through it. */
export class Journey implements AsyncDisposable {
  readonly #stack: AsyncDisposableStack;

  private constructor(
    stack: AsyncDisposableStack,
    readonly site: Site,
    readonly browser: TestBrowser,
  ) {
    this.#stack = stack;
  }

  static async begin(options: SiteOptions = {}): Promise<Journey> {
    await using stack = new AsyncDisposableStack();
    const site = stack.use(await Site.start(options));
    const browser = stack.use(await TestBrowser.launch());
    return new Journey(stack.move(), site, browser);
  }

  /** A new tab that came in by a link of its own. */
  async signedInTab(options: TabOptions = {}): Promise<Tab> {
    const tab = await this.browser.tab({ ...DESKTOP, ...options });
    await signIn(tab.page, await this.site.relay.signInLink());
    return tab;
  }

  /** A tab in front of a session's terminal, which is live. */
  async terminal(tab: Tab, session: string): Promise<TerminalPage> {
    await tab.page.goto(`${this.site.url}/s/${this.site.host}/${session}`);
    const terminal = new TerminalPage(tab.page);
    await terminal.live();
    return terminal;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack.disposeAsync();
  }
}

/** Opens the printed link and waits until it led inside. */
export async function signIn(page: Page, link: string): Promise<void> {
  await page.goto(link);
  await page.waitForURL("**/sessions");
}

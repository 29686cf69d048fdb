import { waitFor } from "../../kit/testing/wait_for.ts";
import type { Page } from "../harness/browser.ts";

/** A busy machine takes its time, in milliseconds. */
const LIMIT_MS = 90_000;

/** Notes when each approval comes to be seen, by `Date.now()`. */
const WATCH_APPROVALS = `
  globalThis.approvalsSeen = {};
  new MutationObserver(() => {
    for (const card of document.querySelectorAll("[data-approval]")) {
      approvalsSeen[card.dataset.approval] ??= Date.now();
    }
  }).observe(document, { subtree: true, childList: true });
`;

/** What the page shows of a conversation, a line each, in its order. */
const READ_SHOWN = `
  [...document.querySelectorAll(".talk-list [data-testid]")].flatMap((element) => {
    const kind = element.dataset.testid;
    const text = element.innerText.trim();
    switch (kind) {
      case "prompt":
        return ["prompt " + element.querySelector("span[title]").innerText];
      case "progress":
      case "final":
        return [kind + " " + text];
      case "error":
      case "interrupted":
        return [kind];
      case "step":
        return ["tool " + /step-(ok|failed|running)/.exec(element.className)[1]];
      default:
        return [];
    }
  })
`;

/** A session's conversation as a browser shows it. */
export class ConversationPage {
  #known: readonly string[] = [];

  private constructor(readonly page: Page) {}

  /** Before the page is loaded. */
  static async of(page: Page): Promise<ConversationPage> {
    page.setDefaultTimeout(LIMIT_MS);
    await page.addInitScript(WATCH_APPROVALS);
    return new ConversationPage(page);
  }

  async show(): Promise<void> {
    await this.page.getByTestId("view-conversation").click();
  }

  async send(text: string): Promise<void> {
    await this.page.getByTestId("prompt-box").fill(text);
    await this.page.getByTestId("send").click();
  }

  /** Answers what is asked about `subject`; resolves when it is no longer shown. */
  async answer(subject: string, verdict: "allow" | "deny"): Promise<void> {
    await this.page.getByTestId("approval").getByText(subject).first().waitFor();
    await this.page.getByTestId(`verdict-${verdict}`).click();
    await this.page.getByTestId("approval").waitFor({ state: "detached" });
  }

  /** Where a new conversation begins. */
  forget(): void {
    this.#known = [];
  }

  /**
   * Resolves when what came since the last call is just what fits, behind all that was there before:
   * nothing twice, nothing lost, nothing in another order. One line that fits `late` may still belong
   * to what was there before.
   */
  async grew(
    fits: (lines: readonly string[]) => boolean,
    { late }: { late?: RegExp } = {},
  ): Promise<void> {
    let shown: readonly string[] = [];
    const known = this.#known;
    const isThere = async () => {
      shown = await this.#shown();
      const isSame = known.every((line, at) => shown[at] === line);
      const added = shown.slice(known.length);
      if (late?.test(added[0] ?? "")) added.shift();
      return isSame && fits(added);
    };
    try {
      await waitFor(isThere, { what: "the page", deadlineMs: LIMIT_MS, everyMs: 100 });
    } catch (cause) {
      throw new Error(`${cause}; it shows\n  ${shown.join("\n  ")}`, { cause });
    }
    this.#known = shown;
  }

  /** By approval, by `Date.now()`. */
  async approvalsSeen(): Promise<Record<string, number>> {
    return await this.page.evaluate("approvalsSeen");
  }

  /** Without the commands that not every agent writes down. */
  async #shown(): Promise<string[]> {
    const lines = await this.page.evaluate<string[]>(READ_SHOWN);
    return lines.filter((line) => !line.startsWith("prompt /"));
  }
}

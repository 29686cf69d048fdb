import { waitFor } from "../../kit/testing/wait_for.ts";
import type { Page } from "./browser.ts";
import { trimmed } from "./pane_tmux.ts";

/** The page with a session's terminal, as its user has it. */
export class TerminalPage {
  constructor(readonly page: Page) {}

  get #live() {
    return this.page.getByTestId("live");
  }

  /** Resolves when the terminal is attached and takes keys. */
  async live(deadlineMs = 20_000): Promise<void> {
    await waitFor(async () => await this.state() === "live", {
      what: "a live terminal",
      deadlineMs,
    });
  }

  async waiting(): Promise<void> {
    await waitFor(async () => await this.state() === "waiting", { what: "a waiting terminal" });
  }

  /** Resolves when the page says that the session is over. */
  async over(): Promise<void> {
    await waitFor(async () => await this.state() === "over", { what: "a session that is over" });
  }

  async state(): Promise<string | null> {
    return await this.page.getByTestId("live").getAttribute("data-state");
  }

  /** The visible lines, as `PaneTmux.screen()` has them. */
  async screen(): Promise<string[]> {
    return trimmed(
      await this.#live.locator(".xterm-rows > div").evaluateAll((rows) =>
        rows.map((row) => (row.textContent ?? "").replaceAll("\u00a0", " "))
      ),
    );
  }

  async sees(text: string, deadlineMs = 10_000): Promise<void> {
    await waitFor(async () => (await this.screen()).some((line) => line.includes(text)), {
      what: `"${text}" on the page`,
      deadlineMs,
    }).catch(async (cause) => {
      throw new Error(`${cause.message}; it shows:\n${(await this.screen()).join("\n")}`, {
        cause,
      });
    });
  }

  /** Keys into the terminal; a line end is Enter. */
  async type(text: string): Promise<void> {
    await this.focus();
    await this.page.keyboard.type(text);
  }

  async focus(): Promise<void> {
    await this.#live.locator(".xterm-helper-textarea").focus();
  }

  /** Pastes as the browser does, in one event. */
  async paste(text: string): Promise<void> {
    await this.#live.locator(".xterm-helper-textarea").evaluate((area, text) => {
      const clipboardData = new DataTransfer();
      clipboardData.setData("text/plain", text);
      area.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true }));
    }, text);
  }

  /** Lines of the history that can be seen now, from the top. */
  async historyLines(): Promise<string[]> {
    return await this.page.getByTestId("scroller").evaluate((scroller) => {
      const view = scroller.getBoundingClientRect();
      const rows = [...scroller.querySelectorAll(".h-page > *")].map((row) => ({
        row,
        box: row.getBoundingClientRect(),
      }));
      return rows
        .filter(({ box }) => box.bottom > view.top + 1 && box.top < view.bottom - 1)
        .sort((a, b) => a.box.top - b.box.top)
        .map(({ row }) => (row.textContent ?? "").trimEnd());
    });
  }

  /** Scrolls the page's own scroller: 0 is the oldest line, 1 the live screen. */
  async scrollTo(part: number): Promise<void> {
    await this.page.getByTestId("scroller").evaluate((scroller, part) => {
      scroller.scrollTop = part * (scroller.scrollHeight - scroller.clientHeight);
    }, part);
  }

  async press(key: string): Promise<void> {
    await this.focus();
    await this.page.keyboard.press(key);
  }
}

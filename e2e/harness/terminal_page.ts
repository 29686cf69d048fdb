import { waitFor } from "../../kit/testing/wait_for.ts";
import type { Page } from "./browser.ts";
import { trimmed } from "./pane_tmux.ts";

/** The page with a session's terminal, as its user has it. */
export class TerminalPage {
  constructor(readonly page: Page) {}

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
    return await this.page.getByTestId("terminal").getAttribute("data-state");
  }

  /** The visible lines, as `PaneTmux.screen()` has them. */
  async screen(): Promise<string[]> {
    return trimmed(
      await this.page.locator(".xterm-rows > div").evaluateAll((rows) =>
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
    await this.page.locator(".xterm-helper-textarea").focus();
  }

  async press(key: string): Promise<void> {
    await this.focus();
    await this.page.keyboard.press(key);
  }
}

import type { Terminal } from "@xterm/xterm";
import type { HistoryView } from "./history_view.ts";

/**
 * Finds text in screen and history as if they were one: lines count from the oldest kept on. The
 * history is asked for as the search goes.
 */
export class LineSearch {
  readonly #terminal: Terminal;
  readonly #history: Pick<HistoryView, "lines" | "reveal" | "unmark">;
  readonly #historySize: () => number;
  readonly #showLive: () => void;
  /** Where the last search stopped. */
  #line: number | undefined;

  constructor(parts: {
    terminal: Terminal;
    history: Pick<HistoryView, "lines" | "reveal" | "unmark">;
    historySize: () => number;
    showLive: () => void;
  }) {
    this.#terminal = parts.terminal;
    this.#history = parts.history;
    this.#historySize = parts.historySize;
    this.#showLive = parts.showLive;
  }

  /**
   * The next line that holds `text`, whatever its case; -1 is up, to older lines. `fresh` starts at
   * the last line of the screen again.
   */
  async find(text: string, direction: -1 | 1, { fresh }: { fresh: boolean }): Promise<boolean> {
    const wanted = text.toLowerCase();
    if (wanted === "") return false;
    const size = this.#historySize();
    const last = size + this.#terminal.rows - 1;
    const from = fresh || this.#line === undefined ? last : this.#line + direction;
    if (direction === -1) {
      return this.#inScreen(wanted, from, -1) ||
        await this.#inHistory(wanted, Math.min(from, size - 1), -1);
    }
    return (from < size && await this.#inHistory(wanted, from, 1)) ||
      this.#inScreen(wanted, Math.max(from, size), 1);
  }

  #inScreen(wanted: string, from: number, direction: -1 | 1): boolean {
    const size = this.#historySize();
    const { rows, buffer: { active } } = this.#terminal;
    for (let row = from - size; row >= 0 && row < rows; row += direction) {
      const content = active.getLine(active.baseY + row)?.translateToString(true) ?? "";
      const column = content.toLowerCase().indexOf(wanted);
      if (column === -1) continue;
      this.#line = size + row;
      this.#history.unmark();
      this.#showLive();
      this.#terminal.select(column, active.baseY + row, wanted.length);
      return true;
    }
    return false;
  }

  async #inHistory(wanted: string, from: number, direction: -1 | 1): Promise<boolean> {
    for await (const { line, text } of this.#history.lines(from, direction)) {
      if (!text.toLowerCase().includes(wanted)) continue;
      this.#line = line;
      this.#terminal.clearSelection();
      this.#history.reveal(line);
      return true;
    }
    return false;
  }
}

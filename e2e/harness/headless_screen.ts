import xterm from "@xterm/headless";
import type { Screen } from "../../web/lib/screen_queue.ts";
import { trimmed } from "./pane_tmux.ts";

/** xterm.js without a page: draws what a browser's terminal would. */
export class HeadlessScreen implements Screen, Disposable {
  readonly #terminal = new xterm.Terminal({ allowProposedApi: true, scrollback: 0 });
  #holding: (() => void)[] | undefined;
  drawnBytes = 0;

  write(bytes: Uint8Array, drawn: () => void): void {
    this.#terminal.write(bytes, () => {
      this.drawnBytes += bytes.length;
      if (this.#holding === undefined) drawn();
      else this.#holding.push(drawn);
    });
  }

  reset(): void {
    this.#terminal.reset();
  }

  resize(cols: number, rows: number): void {
    this.#terminal.resize(cols, rows);
  }

  /** From now on nothing counts as drawn: a viewer that never gives credit. */
  hold(): void {
    this.#holding = [];
  }

  release(): void {
    const held = this.#holding ?? [];
    this.#holding = undefined;
    for (const drawn of held) drawn();
  }

  /** The screen as `PaneTmux.screen()` has it. */
  lines(): string[] {
    const buffer = this.#terminal.buffer.active;
    const rows = Array.from(
      { length: this.#terminal.rows },
      (_, row) => buffer.getLine(buffer.baseY + row)?.translateToString(true) ?? "",
    );
    return trimmed(rows);
  }

  [Symbol.dispose](): void {
    this.#terminal.dispose();
  }
}

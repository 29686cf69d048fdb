import { type HistoryPages, PAGE_LINES } from "./history_pages.ts";
import { lineText } from "./line_text.ts";
import type { Xterm } from "./load_xterm.ts";
import { renderLines } from "./render_lines.ts";
import type { Metrics } from "./sizing.ts";

/** Pages beyond the visible ones that are drawn already, each way. */
const AHEAD = 1;

/**
 * The rows above the live screen, inside the page's own scroll container: as tall as the whole history,
 * with elements only where somebody looks.
 */
export class HistoryView {
  readonly #xterm: Xterm;
  readonly #pages: HistoryPages;
  readonly #scroller: HTMLElement;
  readonly #container: HTMLElement;
  readonly #blocks = new Map<number, { element: HTMLElement; lines: number }>();
  readonly #stop: (() => void)[];
  #cell: Metrics["cell"] = { width: 8, height: 16 };
  #frame = 0;
  #found: { line: number } | undefined;

  constructor(
    parts: { xterm: Xterm; pages: HistoryPages; scroller: HTMLElement; container: HTMLElement },
  ) {
    this.#xterm = parts.xterm;
    this.#pages = parts.pages;
    this.#scroller = parts.scroller;
    this.#container = parts.container;
    this.#stop = [
      parts.pages.size.subscribe(() => this.#resize()),
      parts.pages.generation.subscribe(() => this.#forget()),
    ];
  }

  /** Pixels that the history takes above the live screen. */
  get height(): number {
    return this.#pages.size.value * this.#cell.height;
  }

  setMetrics({ cell, fontFamily, fontSize, letterSpacing }: Metrics): void {
    this.#cell = cell;
    const { style } = this.#container;
    style.fontFamily = fontFamily;
    style.fontSize = `${fontSize}px`;
    style.letterSpacing = `${letterSpacing}px`;
    style.setProperty("--cell-h", `${cell.height}px`);
    style.setProperty("--cell-w", `${cell.width}px`);
    this.#resize();
  }

  /** Draws what is visible now, soon. */
  update(): void {
    if (this.#frame !== 0) return;
    this.#frame = requestAnimationFrame(() => {
      this.#frame = 0;
      this.#draw();
    });
  }

  /** Scrolls to the line and marks it. */
  reveal(line: number): void {
    this.#found = { line };
    const top = line * this.#cell.height - this.#scroller.clientHeight / 2;
    this.#scroller.scrollTop = Math.max(0, top);
    this.#markFound();
    this.update();
  }

  unmark(): void {
    this.#found = undefined;
    this.#markFound();
  }

  /** The text of every line from `from` up (or down) to the end of the history, page by page. */
  async *lines(
    from: number,
    direction: -1 | 1,
  ): AsyncGenerator<{ line: number; text: string }> {
    for (let line = from; line >= 0 && line < this.#pages.size.value; line += direction) {
      const index = Math.floor(line / PAGE_LINES);
      const page = this.#pages.loaded(index) ?? await this.#pages.load(index);
      const text = page?.lines[line - index * PAGE_LINES];
      if (text === undefined) return; // renumbered meanwhile
      yield { line, text: lineText(text) };
    }
  }

  close(): void {
    cancelAnimationFrame(this.#frame);
    for (const stop of this.#stop) stop();
  }

  #resize(): void {
    this.#container.style.height = `${this.height}px`;
    for (const [index, block] of this.#blocks) this.#place(index, block.element);
    this.update();
  }

  #forget(): void {
    for (const { element } of this.#blocks.values()) element.remove();
    this.#blocks.clear();
    this.#found = undefined;
    this.update();
  }

  #place(index: number, element: HTMLElement): void {
    element.style.top = `${index * PAGE_LINES * this.#cell.height}px`;
  }

  #draw(): void {
    const pageHeight = PAGE_LINES * this.#cell.height;
    const { scrollTop, clientHeight } = this.#scroller;
    if (scrollTop >= this.height) return; // only the live screen is visible
    const first = Math.max(0, Math.floor(scrollTop / pageHeight) - AHEAD);
    const last = Math.min(
      Math.ceil(this.#pages.size.value / PAGE_LINES) - 1,
      Math.floor((scrollTop + clientHeight) / pageHeight) + AHEAD,
    );
    for (const [index, { element }] of this.#blocks) {
      if (index >= first && index <= last) continue;
      element.remove();
      this.#blocks.delete(index);
    }
    for (let index = first; index <= last; index++) void this.#show(index);
  }

  async #show(index: number): Promise<void> {
    const shown = this.#blocks.get(index);
    const loaded = this.#pages.loaded(index);
    if (loaded !== undefined && shown?.lines === loaded.lines.length) return;
    const generation = this.#pages.generation.value;
    let page;
    try {
      page = loaded ?? await this.#pages.load(index);
    } catch {
      return; // not connected: drawn at the next scroll, or when the history is looked at anew
    }
    if (page === undefined) return;
    const rows = await renderLines(this.#xterm, page.lines, this.#pages.cols);
    const present = this.#blocks.get(index);
    if (generation !== this.#pages.generation.value) return;
    if (present !== undefined && present.lines >= rows.length) return;
    const element = present?.element ?? document.createElement("div");
    if (present === undefined) {
      element.className = "h-page";
      this.#place(index, element);
      this.#container.append(element);
    }
    // A page that grew keeps its rows: a selection in them must survive.
    element.append(...rows.slice(present?.lines ?? 0));
    this.#blocks.set(index, { element, lines: rows.length });
    this.#markFound();
  }

  #markFound(): void {
    this.#container.querySelector(".h-found")?.classList.remove("h-found");
    if (this.#found === undefined) return;
    const { line } = this.#found;
    const block = this.#blocks.get(Math.floor(line / PAGE_LINES));
    block?.element.children[line % PAGE_LINES]?.classList.add("h-found");
  }
}

import type { MethodResult } from "@chatcode/protocol";
import { type Observable, Source } from "../observable.ts";

type Answer = MethodResult<"terminal.history">;

/** Asks the host for lines, the oldest kept being 0. SPEC [HI1]. */
export type FetchLines = (start: number, count: number) => Promise<Answer>;

export interface HistoryPage {
  readonly index: number;
  readonly lines: readonly string[];
}

/** Lines that a page has, but for the last one. */
export const PAGE_LINES = 500;
/** Back to the first character set and to no colours. */
const PLAIN = "\x0f\x1b[0m";
/** Pages kept; more are asked for again when they are looked at. */
const MAX_PAGES = 12;

/**
 * The lines above the screen, page by page, as far as somebody looked at them. Lines may be renumbered
 * when the oldest are dropped or the width changes; that is noticed at `refresh()`, and `changed` tells
 * that every page must be asked for anew. SPEC [HI2].
 */
export class HistoryPages {
  readonly #fetch: FetchLines;
  readonly #pages = new Map<number, HistoryPage>();
  readonly #loading = new Map<number, Promise<HistoryPage | undefined>>();
  readonly #size = new Source(0);
  /** Goes up whenever what was loaded no longer holds. */
  readonly #generation = new Source(0);
  #cols = 0;
  /** The youngest line at the last look: if it is another one now, the numbers moved. */
  #youngest: { index: number; line: string } | undefined;

  constructor(fetch: FetchLines) {
    this.#fetch = fetch;
  }

  /** How many lines there are. */
  get size(): Observable<number> {
    return this.#size;
  }

  get generation(): Observable<number> {
    return this.#generation;
  }

  get cols(): number {
    return this.#cols;
  }

  /** Looks how much history there is now, and whether its numbers still hold. */
  async refresh(): Promise<void> {
    const known = this.#youngest;
    const answer = await this.#fetch(known?.index ?? 0, 1);
    const moved = known !== undefined && answer.historySize > known.index &&
      answer.lines[0] !== known.line;
    if (moved || answer.historySize < this.#size.value || answer.cols !== this.#cols) {
      this.#clear();
      this.#cols = answer.cols;
    }
    this.#size.value = answer.historySize;
    if (answer.historySize === 0) this.#youngest = undefined;
    else if (this.#youngest?.index !== answer.historySize - 1) await this.#rememberYoungest();
  }

  /** A page that is loaded and whole, or at least as far as the history went. */
  loaded(index: number): HistoryPage | undefined {
    const page = this.#pages.get(index);
    return page !== undefined && page.lines.length >= this.#wantedLines(index) ? page : undefined;
  }

  /** The page as it was when last loaded, even if lines were added since. */
  stale(index: number): HistoryPage | undefined {
    return this.#pages.get(index);
  }

  /** @returns the page, or undefined if it is gone or was renumbered meanwhile */
  async load(index: number): Promise<HistoryPage | undefined> {
    const loaded = this.loaded(index);
    if (loaded !== undefined) {
      this.#pages.delete(index); // moves to the end: the last used is the last to go
      this.#pages.set(index, loaded);
      return loaded;
    }
    let loading = this.#loading.get(index);
    if (loading === undefined) {
      loading = this.#load(index).finally(() => this.#loading.delete(index));
      this.#loading.set(index, loading);
    }
    return await loading;
  }

  async #load(index: number): Promise<HistoryPage | undefined> {
    const generation = this.#generation.value;
    const lines = [...(this.#pages.get(index)?.lines ?? [])];
    const wanted = this.#wantedLines(index);
    while (lines.length < wanted) {
      const answer = await this.#fetch(index * PAGE_LINES + lines.length, wanted - lines.length);
      if (generation !== this.#generation.value || answer.lines.length === 0) return undefined;
      const [first = "", ...rest] = answer.lines;
      // Each answer starts from plain text, whatever colour the line before it ended in.
      lines.push(lines.length === 0 ? first : PLAIN + first, ...rest);
    }
    const page = { index, lines };
    this.#pages.delete(index);
    this.#pages.set(index, page);
    const [oldest] = this.#pages.keys();
    if (this.#pages.size > MAX_PAGES && oldest !== undefined) this.#pages.delete(oldest);
    return page;
  }

  async #rememberYoungest(): Promise<void> {
    const index = this.#size.value - 1;
    const { lines } = await this.#fetch(index, 1);
    const [line] = lines;
    this.#youngest = line === undefined ? undefined : { index, line };
  }

  #wantedLines(index: number): number {
    return Math.max(0, Math.min(PAGE_LINES, this.#size.value - index * PAGE_LINES));
  }

  #clear(): void {
    this.#pages.clear();
    this.#loading.clear();
    this.#youngest = undefined;
    this.#generation.value += 1;
  }
}

import { type Observable, Source } from "../observable.ts";

/** Scrolled this close to the end counts as the end: browsers round. */
const SLACK_PX = 3;

/**
 * A scroll container that stays at its end while it is there, whatever grows or shrinks, and stays
 * where the person put it otherwise.
 */
export class PinnedScroll {
  readonly #element: HTMLElement;
  readonly #pinned = new Source(true);
  readonly #stop = new AbortController();

  constructor(element: HTMLElement, onScroll: () => void) {
    this.#element = element;
    element.addEventListener("scroll", () => {
      this.#pinned.value = this.#atEnd();
      onScroll();
    }, { passive: true, signal: this.#stop.signal });
  }

  /** Whether the view follows the end. */
  get pinned(): Observable<boolean> {
    return this.#pinned;
  }

  /** Call after anything inside, or the container itself, changed its size. */
  settle(): void {
    if (this.#pinned.value) this.#toEnd();
  }

  toEnd(): void {
    this.#pinned.value = true;
    this.#toEnd();
  }

  /** Positive is down. */
  byPages(pages: number): void {
    this.#element.scrollTop += pages * this.#element.clientHeight * 0.9;
  }

  toStart(): void {
    this.#element.scrollTop = 0;
  }

  close(): void {
    this.#stop.abort();
  }

  #toEnd(): void {
    this.#element.scrollTop = this.#element.scrollHeight;
  }

  #atEnd(): boolean {
    const { scrollTop, scrollHeight, clientHeight } = this.#element;
    return scrollTop + clientHeight >= scrollHeight - SLACK_PX;
  }
}

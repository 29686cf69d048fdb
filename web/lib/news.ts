import type { EventFrame } from "@chatcode/protocol";

export interface NewsListener {
  event(frame: EventFrame): void;
  /** Events were dropped, or the socket is another one: what they told must be asked for. */
  missed(): void;
}

/** Events as they come, for those who follow more than the overview. SPEC [EV2]. */
export class News {
  readonly #listeners = new Set<NewsListener>();
  #lastSeq = 0;

  /** Until the returned function is called. */
  listen(listener: NewsListener): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** A new socket, whose events count on from `seq`. */
  start(seq: number): void {
    this.#lastSeq = seq;
    for (const listener of [...this.#listeners]) listener.missed();
  }

  tell(frame: EventFrame): void {
    const gap = frame.seq > this.#lastSeq + 1;
    this.#lastSeq = frame.seq;
    for (const listener of [...this.#listeners]) {
      if (gap) listener.missed();
      listener.event(frame);
    }
  }
}

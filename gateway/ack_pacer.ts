import { type Clock, systemClock } from "@chatcode/kit";

/** While acknowledgements come thick, one leaves each so many milliseconds. */
export const ACK_EVERY_MS = 20;

/** Sends an acknowledgement at once after quiet, and only the latest of many in a flood. */
export class AckPacer implements Disposable {
  readonly #send: (seq: number) => void;
  readonly #clock: Clock;
  #sentAtMs = 0;
  #waiting: number | undefined;
  #timer: Disposable | undefined;

  constructor(send: (seq: number) => void, clock: Clock = systemClock) {
    this.#send = send;
    this.#clock = clock;
  }

  push(seq: number): void {
    this.#waiting = seq;
    if (this.#timer !== undefined) return;
    const dueMs = this.#sentAtMs + ACK_EVERY_MS - this.#clock.now();
    // A clock that was set back must not make anyone wait for it.
    if (dueMs <= 0 || dueMs > ACK_EVERY_MS) this.#flush();
    else this.#timer = this.#clock.setTimer(() => this.#flush(), dueMs);
  }

  /** What waits is not sent any more. */
  [Symbol.dispose](): void {
    this.#timer?.[Symbol.dispose]();
    this.#timer = undefined;
    this.#waiting = undefined;
  }

  #flush(): void {
    this.#timer = undefined;
    const seq = this.#waiting;
    if (seq === undefined) return;
    this.#waiting = undefined;
    this.#sentAtMs = this.#clock.now();
    this.#send(seq);
  }
}

import { type Clock, systemClock } from "@chatcode/kit";

/**
 * How long an acknowledgement waits for company, in milliseconds. Nobody is in a hurry for it, and
 * one that travels with each key would hold up that key's echo.
 */
export const ACK_WAIT_MS = 40;
/** So much acknowledged input is worth a frame at once, in bytes: a paste waits for room. */
export const ACK_NOW_BYTES = 8 * 1024;

/** Sends the latest of many acknowledgements: soon, or at once when it frees much of the window. */
export class AckPacer implements Disposable {
  readonly #send: (seq: number) => void;
  readonly #clock: Clock;
  #sentSeq = 0;
  #waiting: number | undefined;
  #timer: Disposable | undefined;

  constructor(send: (seq: number) => void, clock: Clock = systemClock) {
    this.#send = send;
    this.#clock = clock;
  }

  /** What lies below `seq` is known at the other end. */
  startAt(seq: number): void {
    this.#sentSeq = seq;
  }

  push(seq: number): void {
    this.#waiting = seq;
    if (seq - this.#sentSeq >= ACK_NOW_BYTES) this.#flush();
    else this.#timer ??= this.#clock.setTimer(() => this.#flush(), ACK_WAIT_MS);
  }

  /** What waits is not sent any more. */
  [Symbol.dispose](): void {
    this.#timer?.[Symbol.dispose]();
    this.#timer = undefined;
    this.#waiting = undefined;
  }

  #flush(): void {
    this.#timer?.[Symbol.dispose]();
    this.#timer = undefined;
    const seq = this.#waiting;
    if (seq === undefined) return;
    this.#waiting = undefined;
    this.#sentSeq = seq;
    this.#send(seq);
  }
}

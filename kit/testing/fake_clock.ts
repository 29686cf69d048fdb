import { checkTimerMs, type Clock } from "../clock.ts";

interface Timer {
  readonly atMs: number;
  readonly fn: () => void;
}

/** A clock that stands still until a test moves it. */
export class FakeClock implements Clock {
  #nowMs: number;
  readonly #timers = new Set<Timer>();

  constructor(startMs = 1_000_000_000_000) {
    this.#nowMs = startMs;
  }

  now(): number {
    return this.#nowMs;
  }

  setTimer(fn: () => void, ms: number): Disposable {
    checkTimerMs(ms);
    const timer: Timer = { atMs: this.#nowMs + ms, fn };
    this.#timers.add(timer);
    return { [Symbol.dispose]: () => void this.#timers.delete(timer) };
  }

  /** How many timers have been set and have neither fired nor been disposed. */
  get pending(): number {
    return this.#timers.size;
  }

  /** Milliseconds until the next timer fires; `undefined` when there is none. */
  get nextMs(): number | undefined {
    const next = this.#next();
    return next && next.atMs - this.#nowMs;
  }

  /**
   * Moves on by `ms`, firing what falls due in order, also what was set on the way. Promise
   * callbacks run between timers, so that code which awaits one timer may set the next.
   */
  async advance(ms: number): Promise<void> {
    const untilMs = this.#nowMs + ms;
    await settle();
    for (;;) {
      const next = this.#next();
      if (next === undefined || next.atMs > untilMs) break;
      this.#timers.delete(next);
      this.#nowMs = next.atMs;
      next.fn();
      await settle();
    }
    this.#nowMs = untilMs;
  }

  #next(): Timer | undefined {
    let next: Timer | undefined;
    for (const timer of this.#timers) {
      if (next === undefined || timer.atMs < next.atMs) next = timer;
    }
    return next;
  }
}

/** Lets every promise callback that is already due run. */
function settle(): Promise<void> {
  return new Promise((resolve) => {
    const channel = new MessageChannel();
    channel.port1.onmessage = () => {
      channel.port1.close();
      channel.port2.close();
      resolve();
    };
    channel.port2.postMessage(0);
  });
}

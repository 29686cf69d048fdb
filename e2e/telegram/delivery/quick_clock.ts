import { checkTimerMs, type Clock } from "@chatcode/kit";

/**
 * The real clock, some times faster. Two processes that were told the same start and speed have the
 * same time.
 */
export class QuickClock implements Clock {
  constructor(readonly speed: number, readonly startedAtMs = Date.now()) {}

  now(): number {
    return Math.round(this.startedAtMs + (Date.now() - this.startedAtMs) * this.speed);
  }

  setTimer(fn: () => void, ms: number): Disposable {
    checkTimerMs(ms);
    const id = setTimeout(fn, ms / this.speed);
    return { [Symbol.dispose]: () => clearTimeout(id) };
  }
}

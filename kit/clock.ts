/** Time as a part that can be handed in, so that tests own it. */
export interface Clock {
  /** Milliseconds since the Unix epoch. */
  now(): number;
  /**
   * Runs `fn` once, `ms` milliseconds from now; disposing first means it never runs.
   * @throws {RangeError} if `ms` is negative, not finite, or more than `MAX_TIMER_MS`
   */
  setTimer(fn: () => void, ms: number): Disposable;
}

/** The longest timer a runtime keeps (2^31 - 1 ms, about 24.8 days); longer ones fire at once. */
export const MAX_TIMER_MS = 2 ** 31 - 1;

/** @throws {RangeError} if no runtime would keep a timer of `ms` milliseconds */
export function checkTimerMs(ms: number): void {
  if (!(ms >= 0 && ms <= MAX_TIMER_MS)) {
    throw new RangeError(`Cannot set a timer: ${ms} ms is not within 0 to ${MAX_TIMER_MS}`);
  }
}

/** The runtime's own wall clock and timers. */
export const systemClock: Clock = {
  now: () => Date.now(),
  setTimer(fn, ms) {
    checkTimerMs(ms);
    const id = setTimeout(fn, ms);
    return { [Symbol.dispose]: () => clearTimeout(id) };
  },
};

/**
 * Resolves after `ms` milliseconds of `clock`.
 * @throws the signal's reason as soon as `signal` aborts
 */
export function sleep(clock: Clock, ms: number, signal?: AbortSignal): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  if (signal?.aborted) {
    reject(signal.reason);
    return promise;
  }
  const timer = clock.setTimer(() => {
    signal?.removeEventListener("abort", onAbort);
    resolve();
  }, ms);
  const onAbort = () => {
    timer[Symbol.dispose]();
    reject(signal?.reason);
  };
  signal?.addEventListener("abort", onAbort, { once: true });
  return promise;
}

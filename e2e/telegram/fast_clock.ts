import { checkTimerMs, type Clock } from "@chatcode/kit";

/**
 * The wall clock, `speed` times faster since `originMs`: what takes an hour takes minutes, and two
 * processes with the same origin agree on the time.
 */
export function fastClock(speed: number, originMs: number): Clock {
  return {
    now: () => Math.round(originMs + (Date.now() - originMs) * speed),
    setTimer(fn, ms) {
      checkTimerMs(ms);
      const id = setTimeout(fn, ms / speed);
      return { [Symbol.dispose]: () => clearTimeout(id) };
    },
  };
}

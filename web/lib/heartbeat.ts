import { SILENCE_LIMIT_MS } from "@chatcode/protocol";
import type { Clock } from "@chatcode/kit";
import { type Observable, Source } from "./observable.ts";

/** A socket that may have died in the background has this long to show a sign of life. */
const PROBE_MS = 4_000;

/**
 * Pings, measures the round trip, and calls `onSilent` when nothing was heard for too long.
 * SPEC [HB1]. Timers sleep in hidden tabs, so silence is judged by the clock when one fires.
 */
export class Heartbeat {
  readonly #clock: Clock;
  readonly #ping: (id: number) => void;
  readonly #onSilent: () => void;
  readonly #rttMs = new Source<number | undefined>(undefined);
  #sent: { id: number; at: number } | undefined;
  #lastId = 0;
  #heardAtMs = 0;
  #tick: Disposable | undefined;
  #probe: Disposable | undefined;

  constructor(clock: Clock, ping: (id: number) => void, onSilent: () => void) {
    this.#clock = clock;
    this.#ping = ping;
    this.#onSilent = onSilent;
  }

  get rttMs(): Observable<number | undefined> {
    return this.#rttMs;
  }

  start(tickIntervalMs: number): void {
    this.stop();
    this.heard();
    const tick = () => {
      if (this.#clock.now() - this.#heardAtMs >= SILENCE_LIMIT_MS) return this.#onSilent();
      this.#tick = this.#clock.setTimer(tick, tickIntervalMs);
      this.#sendPing();
    };
    tick();
  }

  stop(): void {
    this.#tick?.[Symbol.dispose]();
    this.#probe?.[Symbol.dispose]();
    this.#tick = this.#probe = this.#sent = undefined;
    this.#rttMs.value = undefined;
  }

  /** Any frame is a sign of life. */
  heard(): void {
    this.#heardAtMs = this.#clock.now();
    this.#probe?.[Symbol.dispose]();
    this.#probe = undefined;
  }

  pong(id: number): void {
    if (this.#sent?.id !== id) return;
    this.#rttMs.value = Math.max(0, performance.now() - this.#sent.at);
    this.#sent = undefined;
  }

  /** Finds out soon whether the socket still lives. */
  probe(): void {
    if (this.#probe !== undefined || this.#tick === undefined) return;
    this.#sendPing();
    this.#probe = this.#clock.setTimer(() => {
      this.#probe = undefined;
      this.#onSilent();
    }, PROBE_MS);
  }

  #sendPing(): void {
    const id = ++this.#lastId;
    this.#sent = { id, at: performance.now() };
    this.#ping(id);
  }
}

import { type Clock, sleep, systemClock } from "./clock.ts";

/** The first wait is somewhere in 0 to this many milliseconds. */
export const REDIAL_BASE_MS = 250;
/** No wait of our own is longer than this. */
export const REDIAL_CAP_MS = 15_000;
/** A connection must have held this long before its loss counts as the first again. */
export const REDIAL_STABLE_MS = 60_000;
/** The longest a peer may keep us away by `retryAfterMs`. */
export const RETRY_AFTER_CAP_MS = 300_000;

export interface RedialOptions {
  readonly baseMs?: number;
  readonly capMs?: number;
  readonly stableMs?: number;
  readonly clock?: Clock;
  /** A number in [0, 1). */
  readonly random?: () => number;
}

export interface RedialHint {
  /** What the peer asked for. It is waited out in full, and our own jitter is added to it. */
  readonly retryAfterMs?: number | undefined;
}

/**
 * When to dial again: exponential back-off with full jitter
 * (https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/). A peer that accepts
 * and then drops us still sees the waits grow: only a connection that held for `stableMs` resets.
 */
export class Redial {
  readonly #baseMs: number;
  readonly #capMs: number;
  readonly #stableMs: number;
  readonly #clock: Clock;
  readonly #random: () => number;
  #attempts = 0;
  #acceptedAtMs: number | undefined;
  #wake: (() => void) | undefined;

  constructor(options: RedialOptions = {}) {
    this.#baseMs = options.baseMs ?? REDIAL_BASE_MS;
    this.#capMs = options.capMs ?? REDIAL_CAP_MS;
    this.#stableMs = options.stableMs ?? REDIAL_STABLE_MS;
    this.#clock = options.clock ?? systemClock;
    this.#random = options.random ?? Math.random;
  }

  /** Waits since the last reset. */
  get attempts(): number {
    return this.#attempts;
  }

  /** The peer has taken us in: the stable time starts to run. */
  accepted(): void {
    this.#acceptedAtMs = this.#clock.now();
  }

  /** The connection is lost or the dial failed: how many milliseconds to wait before the next. */
  next(hint: RedialHint = {}): number {
    const acceptedAtMs = this.#acceptedAtMs;
    this.#acceptedAtMs = undefined;
    if (acceptedAtMs !== undefined && this.#clock.now() - acceptedAtMs >= this.#stableMs) {
      this.#attempts = 0;
    }
    // 2 ** 30 is past any cap already; without the bound the power would reach Infinity.
    const ceilingMs = Math.min(this.#capMs, this.#baseMs * 2 ** Math.min(this.#attempts, 30));
    this.#attempts += 1;
    const askedMs = hint.retryAfterMs ?? 0;
    const peerMs = Number.isFinite(askedMs)
      ? Math.min(Math.max(askedMs, 0), RETRY_AFTER_CAP_MS)
      : 0;
    return Math.floor(peerMs + this.#random() * ceilingMs);
  }

  /**
   * Waits for as long as `next()` says, or until `wake()`.
   * @returns the milliseconds it meant to wait
   * @throws the signal's reason as soon as `signal` aborts
   */
  async wait(signal: AbortSignal, hint: RedialHint = {}): Promise<number> {
    signal.throwIfAborted();
    const delayMs = this.next(hint);
    const woken = new AbortController();
    this.#wake = () => woken.abort();
    try {
      await sleep(this.#clock, delayMs, AbortSignal.any([signal, woken.signal]));
    } catch (error) {
      if (signal.aborted || !woken.signal.aborted) throw error;
    } finally {
      this.#wake = undefined;
    }
    return delayMs;
  }

  /** Ends a running `wait()` now: the network is back, or the page is shown again. */
  wake(): void {
    this.#wake?.();
  }
}

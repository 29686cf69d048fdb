import type { Clock } from "@chatcode/kit";
import { type HostId, ProtocolError } from "@chatcode/protocol";
import type { Roster } from "../../roster.ts";

/**
 * How long a machine that went away a moment ago is waited for, in milliseconds. After a restart of
 * the relay all of them did, and are back in a few seconds.
 */
export const HOST_BACK_MS = 15_000;

/** How often a machine that comes and goes is asked again. */
const MAX_RETURNS = 5;

/** A machine that was away for longer is told of at once. */
const A_MOMENT_MS = 30_000;

interface Parts {
  readonly roster: Roster;
  readonly clock: Clock;
}

/** What people ask does not fail for a machine that is about to be back. */
export class Patience {
  readonly #parts: Parts;
  readonly #startedAtMs: number;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#startedAtMs = parts.clock.now();
  }

  /**
   * Runs `run`, and again when the machine was offline and has come back within `HOST_BACK_MS`.
   * @throws what `run` throws; the signal's reason
   */
  async with<T>(host: HostId, signal: AbortSignal | undefined, run: () => Promise<T>): Promise<T> {
    let untilMs: number | undefined;
    for (let returns = 0;; returns++) {
      try {
        return await run();
      } catch (error) {
        const isOffline = error instanceof ProtocolError && error.code === "HOST_OFFLINE";
        if (!isOffline || !this.#mayReturn(host) || returns === MAX_RETURNS) throw error;
        const nowMs = this.#parts.clock.now();
        untilMs ??= nowMs + HOST_BACK_MS;
        if (nowMs >= untilMs || !await this.#isBack(host, untilMs - nowMs, signal)) {
          signal?.throwIfAborted();
          throw error;
        }
      }
    }
  }

  #mayReturn(host: HostId): boolean {
    const { roster, clock } = this.#parts;
    const seenAtMs = roster.host(host)?.seenAtMs ?? 0;
    return clock.now() - Math.max(this.#startedAtMs, seenAtMs) < A_MOMENT_MS;
  }

  async #isBack(
    host: HostId,
    withinMs: number,
    signal: AbortSignal | undefined,
  ): Promise<boolean> {
    const { roster, clock } = this.#parts;
    const { promise, resolve } = Promise.withResolvers<boolean>();
    using _timer = clock.setTimer(() => resolve(false), withinMs);
    using _listening = roster.listen((change) => {
      if (change.event === "presence" && change.host === host && change.payload.host.online) {
        resolve(true);
      }
    });
    const giveUp = () => resolve(false);
    signal?.addEventListener("abort", giveUp, { once: true });
    if (signal?.aborted) giveUp();
    if (roster.host(host)?.online) resolve(true);
    try {
      return await promise;
    } finally {
      signal?.removeEventListener("abort", giveUp);
    }
  }
}

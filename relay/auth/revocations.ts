import { type Clock, type Log, Redial, silentLog } from "@chatcode/kit";
import { prefixes, rows } from "../kv/keys.ts";
import { KvError } from "../kv/kv_error.ts";
import type { Commit, Store } from "../kv/store.ts";
import { datedId, datedPrefix } from "./secret.ts";

/** How long a revocation is kept for instances that were cut off from the store. */
const KEPT_MS = 24 * 3600_000;

/** How far two instances' clocks may differ. */
const SKEW_MS = 60_000;

/** How many dead credentials are remembered for listeners that come a moment late. */
const REMEMBERED = 10_000;

/**
 * Tells every instance of the relay that a credential died, so that what it opened is cut at once.
 * A credential is named by its hash and never comes back to life; so it does no harm to hear of a
 * death twice, or late. All instances watch one key and then read what is new.
 */
export class Revocations implements AsyncDisposable {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #stop = new AbortController();
  readonly #listeners = new Map<string, Set<() => void>>();
  readonly #dead = new Set<string>();
  #readUntilMs: number;
  #watching: Promise<void> = Promise.resolve();

  private constructor(store: Store, clock: Clock, log: Log) {
    this.#store = store;
    this.#clock = clock;
    this.#log = log;
    this.#readUntilMs = clock.now();
  }

  /** Returns when the watch stands. */
  static async start(
    store: Store,
    options: { clock: Clock; log?: Log },
  ): Promise<Revocations> {
    const started = new Revocations(store, options.clock, options.log ?? silentLog);
    const { promise, resolve } = Promise.withResolvers<void>();
    started.#watching = started.#watch(resolve).catch((error) => {
      started.#log.error("revocations.failed", { error });
    }).finally(resolve);
    await promise;
    return started;
  }

  /** Adds the death of `credential` to `commit`. */
  add(commit: Commit, credential: string): void {
    const atMs = this.#clock.now();
    const id = datedId(atMs);
    commit.set(rows.revocation(id), { credential, atMs }, { expireInMs: KEPT_MS })
      .set(rows.revocationHead, id);
  }

  /**
   * Calls `listener` once when `credential` is revoked, by whichever instance. If that happened
   * between its check and this call, the listener is called in the next microtask.
   */
  onRevoked(credential: string, listener: () => void): Disposable {
    let live = true;
    const once = () => {
      if (!live) return;
      live = false;
      listener();
    };
    const listeners = this.#listeners.get(credential) ?? new Set();
    this.#listeners.set(credential, listeners.add(once));
    if (this.#dead.has(credential)) queueMicrotask(once);
    return {
      [Symbol.dispose]: () => {
        live = false;
        listeners.delete(once);
        if (listeners.size === 0 && this.#listeners.get(credential) === listeners) {
          this.#listeners.delete(credential);
        }
      },
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#watching;
  }

  async #watch(onReady: () => void): Promise<void> {
    const { signal } = this.#stop;
    const redial = new Redial({ clock: this.#clock });
    while (!signal.aborted) {
      try {
        for await (const _ of this.#store.watch([rows.revocationHead], signal)) {
          await this.#readNew();
          redial.accepted();
          onReady();
        }
        return; // the signal, or the store was closed
      } catch (error) {
        if (signal.aborted || (error instanceof KvError && error.code === "KV_CLOSED")) return;
        this.#log.warn("revocations.watch_lost", { error });
        await redial.wait(signal).catch(() => {});
      }
    }
  }

  async #readNew(): Promise<void> {
    const nowMs = this.#clock.now();
    const after = datedPrefix(this.#readUntilMs - SKEW_MS);
    const news = this.#store.list(prefixes.revocations, { limit: Infinity, after });
    for await (const { value: { credential } } of news) this.#announce(credential);
    this.#readUntilMs = nowMs;
  }

  #announce(credential: string): void {
    if (this.#dead.has(credential)) return;
    this.#dead.add(credential);
    if (this.#dead.size > REMEMBERED) {
      const [oldest] = this.#dead;
      if (oldest !== undefined) this.#dead.delete(oldest);
    }
    const listeners = this.#listeners.get(credential) ?? [];
    this.#listeners.delete(credential);
    for (const listener of [...listeners]) {
      try {
        listener();
      } catch (error) {
        this.#log.error("revocations.listener_failed", { error }); // the others must hear of it too
      }
    }
  }
}

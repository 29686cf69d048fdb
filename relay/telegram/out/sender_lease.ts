import { type Clock, type Log, sleep } from "@chatcode/kit";
import { rows } from "../../kv/keys.ts";
import { KvError } from "../../kv/kv_error.ts";
import type { Store } from "../../kv/store.ts";

/** An instance that sends and does not say so for this long is taken to be gone. In milliseconds. */
export const SENDER_TTL_MS = 10_000;

/** Between two times of saying so, or of looking whether one may. In milliseconds. */
export const SENDER_RENEW_MS = 3_000;

/** Before its end, so that no call begins that ends after it. In milliseconds. */
const MARGIN_MS = 2_000;

export interface SenderLeaseOptions {
  readonly instance: string;
  /** No other process can have the store: whoever held the lease is dead. */
  readonly isAlone: boolean;
  readonly clock: Clock;
  readonly log: Log;
  /** This instance sends from now on; it does not before this has settled. */
  onTaken(): Promise<void>;
  /** Another instance sends from now on. */
  onLost(): void;
}

/** The dated right to send: of several instances of the relay one sends at a time. */
export class SenderLease implements AsyncDisposable {
  readonly #store: Store;
  readonly #options: SenderLeaseOptions;
  readonly #stop = new AbortController();
  #expiresAtMs = 0;
  #isReady = false;
  #running: Promise<void> = Promise.resolve();

  private constructor(store: Store, options: SenderLeaseOptions) {
    this.#store = store;
    this.#options = options;
  }

  /** Returns when it was tried once. */
  static async start(store: Store, options: SenderLeaseOptions): Promise<SenderLease> {
    const lease = new SenderLease(store, options);
    await lease.#try(options.isAlone);
    lease.#running = lease.#run();
    return lease;
  }

  /** Whether this instance may send now. */
  get isHeld(): boolean {
    return this.#isReady && this.#options.clock.now() < this.#expiresAtMs - MARGIN_MS;
  }

  /** Leaves the right to whoever wants it next. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#running;
    this.#isReady = false;
    const { instance, log } = this.#options;
    await this.#store.update(rows.telegramSender, (current, commit) => {
      if (current?.instance === instance) commit.delete(rows.telegramSender);
    }).catch((error: unknown) => log.debug("telegram.sender_not_released", { error }));
  }

  async #run(): Promise<void> {
    const { clock } = this.#options;
    const { signal } = this.#stop;
    while (await sleep(clock, SENDER_RENEW_MS, signal).then(() => true, () => false)) {
      await this.#try(false);
    }
  }

  async #try(force: boolean): Promise<void> {
    const { clock, instance, log, onLost, onTaken } = this.#options;
    try {
      const expiresAtMs = clock.now() + SENDER_TTL_MS;
      const isOurs = await this.#store.update(rows.telegramSender, (current, commit) => {
        const isFree = current === null || current.instance === instance ||
          current.expiresAtMs <= clock.now();
        if (isFree || force) commit.set(rows.telegramSender, { instance, expiresAtMs });
        return isFree || force;
      });
      if (!isOurs) {
        if (this.#isReady) onLost();
        this.#isReady = false;
        return;
      }
      this.#expiresAtMs = expiresAtMs;
      if (this.#isReady) return;
      await onTaken();
      this.#isReady = true;
    } catch (error) {
      if (error instanceof KvError && error.code === "KV_CLOSED") return;
      log.warn("telegram.sender_not_renewed", { error });
    }
  }
}

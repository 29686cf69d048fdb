import { type Clock, type Log, silentLog, sleep } from "@chatcode/kit";
import type { HostId } from "@chatcode/protocol";
import { type RouteRow, rows } from "../kv/keys.ts";
import { KvError } from "../kv/kv_error.ts";
import type { Entry, Store } from "../kv/store.ts";

/** A lease that is not renewed counts for this long, in milliseconds. */
export const LEASE_TTL_MS = 30_000;

/** A lease is renewed about this often, in milliseconds; each time up to a fifth sooner or later. */
export const LEASE_RENEW_MS = 10_000;

/** After a failure of the store the next try comes this much later, in milliseconds. */
export const LEASE_RETRY_MS = 2_000;

/**
 * `overdue`: the store has not taken the lease yet, or no renewal for the whole TTL. Other instances no longer see the
 * route; what is attached here goes on, and the renewals are tried on. `lost`: somebody else has it.
 */
export type LeaseState = "held" | "overdue" | "lost" | "released";

export interface LeaseOptions {
  readonly holder: Pick<RouteRow, "instanceId" | "connectionId">;
  readonly clock: Clock;
  readonly log?: Log;
  /** Another connection of the same host took the route, here or on another instance. */
  readonly onLost: () => void;
  /** Nothing is written before this settles; it must not reject. */
  readonly after?: Promise<void>;
  /** A number in [0, 1). */
  readonly random?: () => number;
}

/** The dated right to be where a host is reached. The newest connection always gets it. */
export class Lease implements AsyncDisposable {
  readonly #store: Store;
  readonly #host: HostId;
  readonly #options: LeaseOptions;
  readonly #log: Log;
  readonly #stop = new AbortController();
  readonly #acquiredAtMs: number;
  /** `undefined` until the store has taken the lease for the first time. */
  #versionstamp: string | null | undefined;
  #expiresAtMs: number;
  #tried = false;
  #ended: "lost" | "released" | undefined;
  #running: Promise<void> = Promise.resolve();
  /** Resolves when the first try to take it is over, well or ill. */
  acquired: Promise<void> = Promise.resolve();

  private constructor(store: Store, host: HostId, options: LeaseOptions) {
    this.#store = store;
    this.#host = host;
    this.#options = options;
    this.#log = (options.log ?? silentLog).child({ host });
    this.#acquiredAtMs = options.clock.now();
    this.#expiresAtMs = this.#acquiredAtMs;
  }

  /**
   * Begins to take the route from whoever has it. If the store fails, it is tried again until the
   * lease is disposed.
   */
  static start(store: Store, host: HostId, options: LeaseOptions): Lease {
    const lease = new Lease(store, host, options);
    const { promise, resolve } = Promise.withResolvers<void>();
    lease.acquired = promise;
    lease.#running = lease.#run(resolve);
    return lease;
  }

  get state(): LeaseState {
    if (this.#ended !== undefined) return this.#ended;
    return this.#options.clock.now() < this.#expiresAtMs ? "held" : "overdue";
  }

  /** Stops renewing and leaves the route as it is, for the next connection to take. */
  async abandon(): Promise<void> {
    this.#stop.abort();
    await this.#running;
    this.#ended ??= "lost";
  }

  /** Stops renewing and frees the route if it is still ours. If the store fails, it runs out. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#running;
    if (this.#ended !== undefined) return;
    this.#ended = "released";
    const row = rows.route(this.#host);
    try {
      await this.#store.update(row, (current, commit) => {
        if (this.#isOurs(current)) commit.delete(row);
      });
    } catch (error) {
      this.#log.warn("lease.not_released", { error });
    }
  }

  async #run(onFirstTry: () => void): Promise<void> {
    const { clock, onLost, after } = this.#options;
    const { signal } = this.#stop;
    await after;
    if (signal.aborted) return onFirstTry();
    let waitMs = 0;
    let wasOverdue = false;
    do {
      try {
        if (!await this.#renew()) {
          this.#ended = "lost";
          onLost();
          return;
        }
        if (wasOverdue) this.#log.info("lease.held_again");
        wasOverdue = false;
        waitMs = this.#nextRenewalMs();
      } catch (error) {
        if (error instanceof KvError && error.code === "KV_CLOSED") return;
        const isOverdue = this.state === "overdue";
        if (isOverdue && !wasOverdue) this.#log.error("lease.overdue", { error });
        else this.#log.debug("lease.not_renewed", { error });
        wasOverdue = isOverdue;
        waitMs = LEASE_RETRY_MS;
      } finally {
        onFirstTry();
      }
    } while (await elapsed(sleep(clock, waitMs, signal)));
  }

  /** @returns whether the lease is (again) ours */
  async #renew(): Promise<boolean> {
    if (!this.#tried) return await this.#takeFirst();
    if (this.#versionstamp !== undefined && await this.#write(this.#versionstamp)) return true;
    // Either somebody else wrote, or an earlier write of ours arrived though it seemed to fail.
    for (;;) {
      const entry = await this.#read();
      if (!this.#mayTake(entry.value)) return false;
      if (await this.#write(entry.versionstamp)) return true;
    }
  }

  /** At first whoever has the route gives way, whatever its clock says of the order. */
  async #takeFirst(): Promise<true> {
    this.#tried = true;
    const [value, expiry] = this.#row();
    const commit = this.#store.commit().set(rows.route(this.#host), value, expiry);
    this.#taken(await commit.commit(), value);
    return true;
  }

  async #read(): Promise<Entry<RouteRow>> {
    try {
      return await this.#store.getEntry(rows.route(this.#host));
    } catch (error) {
      if (!(error instanceof KvError) || error.code !== "KV_VALUE_DAMAGED") throw error;
      await this.#store.delete(rows.route(this.#host)); // says nothing to anybody: start afresh
      return { value: null, versionstamp: null };
    }
  }

  #mayTake(current: RouteRow | null): boolean {
    if (current === null || this.#isOurs(current)) return true;
    if (this.#options.clock.now() >= current.expiresAtMs) return true;
    // Never had it, for want of a store: only a connection older than this one gives way.
    return this.#versionstamp === undefined && current.acquiredAtMs < this.#acquiredAtMs;
  }

  async #write(expected: string | null): Promise<boolean> {
    const [value, expiry] = this.#row();
    const row = rows.route(this.#host);
    const versionstamp = await this.#store.commit()
      .check(row, expected)
      .set(row, value, expiry)
      .commit();
    if (versionstamp === null) return false;
    this.#taken(versionstamp, value);
    return true;
  }

  #taken(versionstamp: string | null, { expiresAtMs }: RouteRow): void {
    this.#versionstamp = versionstamp;
    this.#expiresAtMs = expiresAtMs;
  }

  #row(): [RouteRow, { expireInMs: number }] {
    const { holder, clock } = this.#options;
    const expiresAtMs = clock.now() + LEASE_TTL_MS;
    return [
      { ...holder, acquiredAtMs: this.#acquiredAtMs, expiresAtMs },
      { expireInMs: 2 * LEASE_TTL_MS },
    ];
  }

  #isOurs(row: RouteRow | null): boolean {
    const { instanceId, connectionId } = this.#options.holder;
    return row?.instanceId === instanceId && row.connectionId === connectionId;
  }

  #nextRenewalMs(): number {
    const random = this.#options.random ?? Math.random;
    return LEASE_RENEW_MS * (0.8 + 0.4 * random());
  }
}

/** Whether the wait came to its end, and not to the signal's. */
function elapsed(wait: Promise<void>): Promise<boolean> {
  return wait.then(() => true, () => false);
}

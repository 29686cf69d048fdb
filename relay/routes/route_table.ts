import type { Clock, Log } from "@chatcode/kit";
import type { HostId } from "@chatcode/protocol";
import { type RouteRow, rows } from "../kv/keys.ts";
import type { Store } from "../kv/store.ts";
import { Lease, type LeaseState } from "./lease.ts";
import { type Presence, watchPresence } from "./presence.ts";

/** Where a host is reached. */
export type RouteLookup<T> =
  | { state: "local"; handle: T }
  | { state: "remote"; instanceId: string }
  | { state: "none" };

export interface RouteTableOptions {
  readonly store: Store;
  /** Fresh for each process. */
  readonly instanceId: string;
  readonly clock: Clock;
  readonly log?: Log;
  /** A number in [0, 1). */
  readonly random?: () => number;
}

/** One connection's place in the table. Disposing leaves it. */
export interface Entered extends Disposable {
  readonly leaseState: LeaseState;
}

interface Local<T> {
  readonly handle: T;
  readonly onReplaced: () => void;
  readonly lease: Lease;
}

/**
 * Which instance of the relay holds which host's connection. The own connections are known in
 * memory and served even while the store is down; the others' are leases in the store.
 */
export class RouteTable<T> implements AsyncDisposable {
  readonly #options: RouteTableOptions;
  readonly #local = new Map<HostId, Local<T>>();
  readonly #watchers = new Set<(host: HostId) => void>();
  /** Each host's last lease as it ends: the next one must not write before that. */
  readonly #endings = new Map<HostId, Promise<void>>();

  constructor(options: RouteTableOptions) {
    this.#options = options;
  }

  /**
   * Makes `handle` the way to `host`: at once for this instance, and for the others as soon as the
   * store has it. The connection that was the way before, here or elsewhere, gets its `onReplaced`.
   */
  enter(host: HostId, handle: T, options: { onReplaced: () => void }): Entered {
    const { store, instanceId } = this.#options;
    const before = this.#local.get(host);
    if (before !== undefined) this.#settle(host, before.lease.abandon());
    const lease = Lease.start(store, host, {
      ...this.#options,
      holder: { instanceId, connectionId: crypto.randomUUID() },
      after: this.#endings.get(host) ?? Promise.resolve(),
      onLost: () => {
        if (this.#local.get(host) !== local) return;
        this.#local.delete(host);
        this.#changed(host);
        options.onReplaced();
      },
    });
    const local: Local<T> = { handle, lease, onReplaced: options.onReplaced };
    this.#local.set(host, local);
    this.#changed(host);
    before?.onReplaced();
    return {
      get leaseState() {
        return lease.state;
      },
      [Symbol.dispose]: () => {
        if (this.#local.get(host) === local) this.#leave(host, local);
      },
    };
  }

  /** The own connection to `host`, without asking the store. */
  local(host: HostId): T | undefined {
    return this.#local.get(host)?.handle;
  }

  /** @throws {KvError} if the connection is not ours and the store fails */
  async lookup(host: HostId): Promise<RouteLookup<T>> {
    const local = this.#local.get(host);
    if (local !== undefined) return { state: "local", handle: local.handle };
    const row = await this.#options.store.get(rows.route(host));
    return this.#isLiveElsewhere(row)
      ? { state: "remote", instanceId: row.instanceId }
      : { state: "none" };
  }

  /**
   * Whether and where each host is online: all of them first, then each change; of changes that
   * come faster than they are taken, the last one. Ends when `signal` aborts.
   */
  watch(hosts: readonly HostId[], signal: AbortSignal): AsyncGenerator<Presence> {
    const { store, clock, log } = this.#options;
    return watchPresence(hosts, signal, {
      store,
      clock,
      ...(log && { log }),
      presenceOf: (host, row) => this.#presenceOf(host, row),
      onLocalChange: (listener) => {
        this.#watchers.add(listener);
        return { [Symbol.dispose]: () => void this.#watchers.delete(listener) };
      },
    });
  }

  /** Leaves every place; resolves when the store has the releases. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const [host, local] of [...this.#local]) this.#leave(host, local);
    await Promise.all(this.#endings.values());
  }

  #presenceOf(host: HostId, row: RouteRow | null): Presence {
    if (this.#local.has(host)) {
      return { host, online: true, instanceId: this.#options.instanceId };
    }
    if (!this.#isLiveElsewhere(row)) return { host, online: false };
    return { host, online: true, instanceId: row.instanceId };
  }

  /** A row of our own without a connection is one that is just being released. */
  #isLiveElsewhere(row: RouteRow | null): row is RouteRow {
    const { instanceId, clock } = this.#options;
    return row !== null && row.instanceId !== instanceId && clock.now() < row.expiresAtMs;
  }

  #leave(host: HostId, local: Local<T>): void {
    this.#local.delete(host);
    this.#settle(host, local.lease[Symbol.asyncDispose]());
    this.#changed(host);
  }

  #settle(host: HostId, ending: Promise<void>): void {
    const settled = ending.finally(() => {
      if (this.#endings.get(host) === settled) this.#endings.delete(host);
    });
    this.#endings.set(host, settled);
  }

  #changed(host: HostId): void {
    for (const listener of [...this.#watchers]) listener(host);
  }
}

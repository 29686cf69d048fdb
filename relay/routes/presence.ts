import { type Clock, type Log, Redial, silentLog } from "@chatcode/kit";
import type { HostId } from "@chatcode/protocol";
import { type RouteRow, rows } from "../kv/keys.ts";
import { KvError } from "../kv/kv_error.ts";
import type { Store } from "../kv/store.ts";

/** Keys that one watch of the store takes. */
const KEYS_PER_WATCH = 10;

export type Presence =
  | { host: HostId; online: true; instanceId: string }
  | { host: HostId; online: false };

export interface PresenceParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly log?: Log;
  /** What the host's row (`null`: none) and this instance's own connections amount to now. */
  readonly presenceOf: (host: HostId, row: RouteRow | null) => Presence;
  /** Calls the listener when an own connection comes or goes. */
  readonly onLocalChange: (listener: (host: HostId) => void) => Disposable;
}

/** See `RouteTable.watch()`. */
export async function* watchPresence(
  hosts: readonly HostId[],
  signal: AbortSignal,
  parts: PresenceParts,
): AsyncGenerator<Presence> {
  const stop = new AbortController();
  const stopped = AbortSignal.any([signal, stop.signal]);
  const board = new Board(parts);
  using _local = parts.onLocalChange((host) => hosts.includes(host) && board.look(host));
  const onAbort = () => board.close();
  stopped.addEventListener("abort", onAbort, { once: true });
  if (stopped.aborted) board.close();
  const watches = chunksOf(hosts, KEYS_PER_WATCH).map((chunk) =>
    watchChunk(chunk, stopped, { ...parts, board })
  );
  try {
    for (;;) {
      const news = await board.take();
      if (news === undefined) return;
      yield news;
    }
  } finally {
    stop.abort();
    await Promise.all(watches);
  }
}

/** What is known of each host, and what of it was not told yet: one item a host at most. */
class Board {
  readonly #parts: PresenceParts;
  readonly #rows = new Map<HostId, RouteRow | null>();
  readonly #told = new Map<HostId, Presence>();
  readonly #news = new Map<HostId, Presence>();
  readonly #timers = new Map<HostId, Disposable>();
  #wake = Promise.withResolvers<void>();
  #closed = false;

  constructor(parts: PresenceParts) {
    this.#parts = parts;
  }

  put(host: HostId, row: RouteRow | null): void {
    this.#rows.set(host, row);
    this.look(host);
  }

  /** Judges anew; again when the row's time is up, for the store says nothing then. */
  look(host: HostId): void {
    this.#timers.get(host)?.[Symbol.dispose]();
    this.#timers.delete(host);
    const row = this.#rows.get(host);
    if (this.#closed || row === undefined) return; // not read yet: nothing is known
    const { clock, presenceOf } = this.#parts;
    const presence = presenceOf(host, row);
    const told = this.#told.get(host);
    if (told !== undefined && same(told, presence)) this.#news.delete(host);
    else this.#news.set(host, presence);
    const leftMs = (row?.expiresAtMs ?? 0) - clock.now();
    if (leftMs > 0) this.#timers.set(host, clock.setTimer(() => this.look(host), leftMs));
    this.#wake.resolve();
  }

  /** The next news; `undefined` when closed. */
  async take(): Promise<Presence | undefined> {
    while (!this.#closed) {
      const [next] = this.#news.values();
      if (next !== undefined) {
        this.#news.delete(next.host);
        this.#told.set(next.host, next);
        return next;
      }
      this.#wake = Promise.withResolvers();
      await this.#wake.promise;
    }
    return undefined;
  }

  close(): void {
    this.#closed = true;
    for (const timer of this.#timers.values()) timer[Symbol.dispose]();
    this.#timers.clear();
    this.#wake.resolve();
  }
}

async function watchChunk(
  hosts: readonly HostId[],
  signal: AbortSignal,
  { store, clock, log = silentLog, board }: PresenceParts & { board: Board },
): Promise<void> {
  const redial = new Redial({ clock });
  while (!signal.aborted) {
    try {
      for await (const entries of store.watch(hosts.map((host) => rows.route(host)), signal)) {
        redial.accepted();
        entries.forEach((entry, index) => {
          const host = hosts[index];
          if (host !== undefined) board.put(host, entry.value);
        });
      }
      return; // the signal, or the store was closed
    } catch (error) {
      if (signal.aborted || (error instanceof KvError && error.code === "KV_CLOSED")) return;
      log.warn("presence.watch_lost", { error });
      await redial.wait(signal).catch(() => {});
    }
  }
}

function chunksOf<T>(items: readonly T[], size: number): T[][] {
  const chunks: T[][] = [];
  for (let i = 0; i < items.length; i += size) chunks.push(items.slice(i, i + size));
  return chunks;
}

function same(a: Presence, b: Presence): boolean {
  if (!a.online || !b.online) return a.online === b.online;
  return a.instanceId === b.instanceId;
}

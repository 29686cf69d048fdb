import { type Clock, type Log, sleep } from "@chatcode/kit";
import type { HostTokens } from "./auth/host_tokens.ts";
import { rows } from "./kv/keys.ts";
import type { Store } from "./kv/store.ts";
import type { Roster } from "./roster.ts";

/** Changes made through another instance are seen within this time, in milliseconds. */
export const HOST_LIST_EVERY_MS = 10_000;

/** Keeps the roster's list of machines equal to the store's. */
export class HostList implements AsyncDisposable {
  readonly #hosts: HostTokens;
  readonly #store: Store;
  readonly #roster: Roster;
  readonly #stop = new AbortController();
  #polling: Promise<void> = Promise.resolve();
  #refreshing: Promise<void> = Promise.resolve();

  private constructor(parts: { hosts: HostTokens; store: Store; roster: Roster }) {
    this.#hosts = parts.hosts;
    this.#store = parts.store;
    this.#roster = parts.roster;
  }

  /** Returns when the list was read once. */
  static async start(
    parts: { hosts: HostTokens; store: Store; roster: Roster; clock: Clock; log: Log },
  ): Promise<HostList> {
    const list = new HostList(parts);
    await list.refresh();
    list.#polling = list.#poll(parts.clock, parts.log);
    return list;
  }

  /** Reads the list now; calls run one after the other, so that an older list never wins. */
  refresh(): Promise<void> {
    return this.#refreshing = this.#refreshing.catch(() => {}).then(() => this.#read());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#polling;
    await this.#refreshing.catch(() => {});
  }

  async #read(): Promise<void> {
    const listed = await this.#hosts.list();
    const ids = new Set(listed.map((row) => row.id));
    for (const { id } of this.#roster.hosts()) if (!ids.has(id)) this.#roster.remove(id);
    for (const { id, name } of listed) {
      const seen = this.#roster.host(id) ? null : await this.#store.get(rows.hostSeen(id));
      this.#roster.register(id, name, seen ?? {});
    }
  }

  async #poll(clock: Clock, log: Log): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      try {
        await sleep(clock, HOST_LIST_EVERY_MS, signal);
        await this.refresh();
      } catch (error) {
        if (!signal.aborted) log.warn("host_list.not_read", { error });
      }
    }
  }
}

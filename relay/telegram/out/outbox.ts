import type { Clock, Log } from "@chatcode/kit";
import { prefixes, rows, type TelegramItemRow, type TelegramMissingRow } from "../../kv/keys.ts";
import { KvError } from "../../kv/kv_error.ts";
import { type Commit, MAX_UPDATE_TRIES, type Store } from "../../kv/store.ts";
import { datedId } from "../../auth/secret.ts";
import { type NewItem, type WaitingItem, waitingItem } from "./item.ts";
import { eraseItem, expiryOf, storedItem, writeItem } from "./item_rows.ts";
import { joinParts } from "./parts.ts";

/** Messages that wait for one chat; what comes beyond is not sent, and that is said there. */
export const MAX_WAITING_ITEMS = 5_000;

/** How long it is known that a turn was put in the outbox, in milliseconds: a week. */
export const MARK_KEPT_MS = 7 * 24 * 3600_000;

/** How long a message that may not have arrived stays listed, in milliseconds: a week. */
export const MISSING_KEPT_MS = 7 * 24 * 3600_000;

/** Items read at once: all there can be, save in a relay of very many chats. */
const MAX_ITEMS = 100_000;

/** What an entry stands for: put in twice, it is in once. */
export interface Mark {
  /** The machine, or who else names it. */
  readonly source: string;
  readonly key: string;
}

export type Adding = "added" | "known" | "full";

/**
 * Messages on their way to Telegram, in the store before they are sent. The life of one:
 *
 * ```
 *              add()            begin()            settle()
 *   (nothing) ------> queued ------------> sending ---------> (gone)
 *                        ^                    |  \
 *                        |   retry()          |   \ lost()
 *                        +--------------------+    +--------> listed as missing, without its words
 * ```
 *
 * `add()` writes an item together with the mark of what it stands for. Killed before it: there is
 * neither, and the machine tells its turn again. After it: the turn told again is known. `begin()`
 * is written before Telegram is asked, with the last message that was there; killed between the two,
 * or before `settle()`, a restart finds `sending`: Telegram may have it. That is looked up
 * (`lookup.ts`), as is an answer that did not come: what is there is settled, what is not there waits
 * again by `retry()`, as does what Telegram says it did not do. Where it cannot be told, what may be
 * there twice without harm (an approval's buttons) is sent again; anything else is `lost()`.
 */
export class Outbox {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #instance: string;
  /** Whether this instance sends: else only the store knows what waits. */
  #sends = false;
  readonly #waiting = new Map<number, Map<string, WaitingItem>>();
  readonly #listeners = new Set<(chat: number) => void>();
  #lastId = { atMs: 0, count: 0 };

  constructor(parts: { store: Store; clock: Clock; log: Log; instance: string }) {
    this.#store = parts.store;
    this.#clock = parts.clock;
    this.#log = parts.log;
    this.#instance = parts.instance.slice(0, 8);
  }

  /** Told of each chat for which something came to wait. */
  listen(listener: (chat: number) => void): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) };
  }

  /** What waits for `chat`, in the order in which it came. */
  waiting(chat: number): WaitingItem[] {
    const items = [...this.#waiting.get(chat)?.values() ?? []];
    return items.sort((a, b) => a.id < b.id ? -1 : 1);
  }

  /** The chats for which something waits. */
  chats(): number[] {
    return [...this.#waiting].filter(([, items]) => items.size > 0).map(([chat]) => chat);
  }

  /**
   * Ids give the order, so whoever adds two things in an order takes their ids in that order. Ids of
   * one process grow, whatever the clock does.
   */
  nextId(): string {
    const atMs = Math.max(this.#clock.now(), this.#lastId.atMs);
    const count = atMs === this.#lastId.atMs ? this.#lastId.count + 1 : 0;
    this.#lastId = { atMs, count };
    const digits = (value: number, length: number) => String(value).padStart(length, "0");
    return `${digits(atMs, 14)}-${digits(count, 8)}-${this.#instance}`;
  }

  /**
   * When this returns, all of `items` are in the store, in their order, or none.
   * @throws {KvError} and then they are or are not: add them again with the same mark
   */
  async add(
    mark: Mark & { readonly chat: number },
    items: readonly NewItem[],
    options: { also?: (commit: Commit) => void; beyondBound?: boolean } = {},
  ): Promise<Adding> {
    const { chat } = mark;
    const markRow = rows.telegramMark(chat, mark.source, mark.key);
    if (await this.#store.get(markRow) !== null) return "known";
    const waiting = this.#waiting.get(chat)?.size ?? 0;
    if (waiting + items.length > MAX_WAITING_ITEMS && !options.beyondBound) return "full";
    const atMs = this.#clock.now();
    const commit = this.#store.commit().check(markRow, null)
      .set(markRow, { atMs }, { expireInMs: MARK_KEPT_MS });
    const made = items.map((item) => storedItem(this.nextId(), item, atMs));
    for (const item of made) writeItem(commit, item, atMs);
    if (items.length > 0) commit.set(rows.telegramItemHead, made.at(-1)?.id ?? "");
    options.also?.(commit);
    const versionstamp = await commit.commit();
    if (versionstamp === null) return "known";
    if (this.#sends) {
      for (const { id, row } of made) this.#keep(waitingItem(id, row, versionstamp));
      if (made.length > 0) this.#tell(chat);
    }
    return "added";
  }

  /**
   * Takes up what waits in the store, put there before a restart or by another instance. With `own`,
   * nobody else sends: what was being sent when the process before was killed is looked after.
   */
  async load({ own }: { own: boolean }): Promise<void> {
    this.#sends = true;
    const found = this.#store.list(prefixes.telegramItems, { limit: MAX_ITEMS });
    const chats = new Set<number>();
    for await (const { key, value, versionstamp } of found) {
      const id = String(key.at(-1));
      if (this.#waiting.get(value.chat)?.has(id)) continue;
      const item = waitingItem(id, value, versionstamp);
      // Whoever else sends it now will write down what came of it.
      if (item.doubt && !own) continue;
      this.#keep(item);
      chats.add(value.chat);
    }
    for (const chat of chats) this.#tell(chat);
  }

  /** Another instance sends from now on. */
  handOver(): void {
    this.#sends = false;
    this.#waiting.clear();
  }

  /** The whole of an item; `null` if it is gone. */
  async read(item: WaitingItem): Promise<{ row: TelegramItemRow; content?: string } | null> {
    const row = await this.#store.get(rows.telegramItem(item.chat, item.id));
    if (row === null) return null;
    if (row.body.type !== "document") return { row };
    const prefix = prefixes.telegramItemPartsOf(item.chat, item.id);
    const parts = await Array.fromAsync(this.#store.list(prefix, { limit: row.body.parts }));
    return { row, content: joinParts(parts.map(({ value }) => value)) };
  }

  /**
   * Telegram is about to be asked for what `items` make together.
   * @param after the last message that is known to be there before
   * @returns false if another instance has one of them, or it is gone
   */
  async begin(items: readonly WaitingItem[], after: number | null): Promise<boolean> {
    const joint = items[0]?.id ?? "";
    const commit = this.#store.commit();
    let complete = true;
    for (const item of items) {
      const row = rows.telegramItem(item.chat, item.id);
      const { value, versionstamp } = await this.#store.getEntry(row);
      // One that is unsure was written by us, or is as it was.
      if (value === null || (versionstamp !== item.versionstamp && !item.isUnsure)) {
        complete = false;
      } else {
        commit.check(row, versionstamp)
          .set(
            row,
            { ...value, state: "sending", after, joint, tries: value.tries + 1 },
            expiryOf(value, this.#clock.now()),
          );
      }
    }
    for (const item of items) item.isUnsure = true;
    const versionstamp = complete ? await commit.commit() : null;
    for (const item of items) item.isUnsure = false;
    if (versionstamp === null) {
      this.#forget(items);
      await this.load({ own: false });
      return false;
    }
    for (const item of items) item.versionstamp = versionstamp;
    return true;
  }

  /** They are sent, or are not to be sent any more. */
  async settle(
    items: readonly WaitingItem[],
    also: (commit: Commit) => void | Promise<void> = () => {},
  ): Promise<void> {
    for (let tries = 0; tries < MAX_UPDATE_TRIES; tries++) {
      const commit = this.#store.commit();
      for (const item of items) eraseItem(commit, item);
      await also(commit);
      if (await commit.commit() === null) continue;
      return this.#forget(items);
    }
    throw new KvError("KV_CONFLICT", "settle a message");
  }

  /** Nothing was sent: they wait again, changed by `change`. */
  async retry(items: readonly WaitingItem[], change: Partial<TelegramItemRow> = {}) {
    for (const item of items) {
      const row = rows.telegramItem(item.chat, item.id);
      const value = await this.#store.get(row);
      if (value === null) {
        this.#forget([item]);
        continue;
      }
      const { after: _after, joint: _joint, ...kept } = value;
      const versionstamp = await this.#store.commit()
        .set(row, { ...kept, ...change, state: "queued" }, expiryOf(value, this.#clock.now()))
        .commit();
      item.versionstamp = versionstamp ?? item.versionstamp;
      item.doubt = undefined;
    }
  }

  /** They are not tried again, and may not have arrived. */
  async lost(
    items: readonly WaitingItem[],
    { outcome, why }: Pick<TelegramMissingRow, "outcome"> & { why: string },
  ): Promise<void> {
    const atMs = this.#clock.now();
    const groups = new Map(items.map((item) => [item.group, item]));
    await this.settle(items, (commit) => {
      for (const { chat, about, kind, group } of groups.values()) {
        const missing: TelegramMissingRow = { chat, about, kind, group, outcome, atMs };
        commit.set(rows.telegramMissing(datedId(atMs)), missing, { expireInMs: MISSING_KEPT_MS });
      }
    });
    for (const { chat, kind, group } of groups.values()) {
      this.#log.warn("telegram.may_be_missing", { chat, kind, group, outcome, why });
    }
  }

  /** Messages that may not have arrived, oldest first. */
  async missing(): Promise<TelegramMissingRow[]> {
    const found = this.#store.list(prefixes.telegramMissing, { limit: MAX_ITEMS });
    return await Array.fromAsync(found, ({ value }) => value);
  }

  /** Everything for `chat` is gone. */
  async clear(chat: number): Promise<void> {
    for (const item of this.waiting(chat)) await this.settle([item]);
  }

  /** A group's chat has a new id. */
  async move(from: number, to: number): Promise<void> {
    for (const item of this.waiting(from)) {
      const whole = await this.read(item);
      if (whole === null) continue;
      const moved = { ...whole.row, chat: to, state: "queued" as const };
      const commit = this.#store.commit();
      eraseItem(commit, item);
      writeItem(commit, { id: item.id, row: moved, content: whole.content }, this.#clock.now());
      const versionstamp = await commit.commit();
      this.#forget([item]);
      if (versionstamp !== null) this.#keep(waitingItem(item.id, moved, versionstamp));
    }
    this.#tell(to);
  }

  #keep(item: WaitingItem): void {
    const items = this.#waiting.get(item.chat) ?? new Map<string, WaitingItem>();
    this.#waiting.set(item.chat, items.set(item.id, item));
  }

  #forget(items: readonly WaitingItem[]): void {
    for (const { chat, id } of items) {
      const waiting = this.#waiting.get(chat);
      waiting?.delete(id);
      if (waiting?.size === 0) this.#waiting.delete(chat);
    }
  }

  #tell(chat: number): void {
    for (const listener of this.#listeners) listener(chat);
  }
}

import { withDeadline } from "@chatcode/kit";
import { type Row, type RowPrefix, rows } from "./keys.ts";
import { KvError } from "./kv_error.ts";

export interface Entry<T> {
  readonly value: T | null;
  readonly versionstamp: string | null;
}

export interface ListOptions {
  /** At most this many values. */
  readonly limit: number;
  readonly reverse?: boolean;
  /** Only keys beyond this last part, in the direction of the listing. */
  readonly after?: string;
  /** Only keys whose part after the prefix is this one or beyond. */
  readonly from?: string;
  /** Only keys whose part after the prefix is before this one. */
  readonly before?: string;
}

/** How often `update()` tries again when others change the same row. */
export const MAX_UPDATE_TRIES = 20;

/** A store that takes longer does not answer, in milliseconds. */
export const ANSWER_MS = 2_000;

/**
 * Deno KV with types: every value is parsed by its row's schema when it is read, and every failure
 * is a KvError. One damaged value fails its own reader only; in lists it is reported and skipped.
 */
export class Store implements Disposable {
  readonly #kv: Deno.Kv;
  readonly #onDamaged: (error: KvError) => void;
  readonly #onClose: () => void;
  #closed = false;

  constructor(
    kv: Deno.Kv,
    options: { onDamaged?: (error: KvError) => void; onClose?: () => void } = {},
  ) {
    this.#kv = kv;
    this.#onDamaged = options.onDamaged ?? (() => {});
    this.#onClose = options.onClose ?? (() => {});
  }

  /** @throws {KvError} KV_VALUE_DAMAGED if the value does not fit the row's schema */
  async get<T>(row: Row<T>): Promise<T | null> {
    return (await this.getEntry(row)).value;
  }

  /** @throws {KvError} KV_VALUE_DAMAGED if the value does not fit the row's schema */
  async getEntry<T>(row: Row<T>): Promise<Entry<T>> {
    const entry = await this.#try(`read ${nameOf(row.key)}`, () => this.#kv.get(row.key));
    return { value: parse(row, entry.value), versionstamp: entry.versionstamp };
  }

  async set<T>(row: Row<T>, value: T, options: { expireInMs?: number } = {}): Promise<void> {
    await this.commit().set(row, value, options).commit();
  }

  async delete(row: Row<unknown>): Promise<void> {
    await this.#try(`delete ${nameOf(row.key)}`, () => this.#kv.delete(row.key));
  }

  async *list<T>(
    { prefix, schema }: RowPrefix<T>,
    options: ListOptions,
  ): AsyncGenerator<{ key: Deno.KvKey; value: T; versionstamp: string }> {
    const { limit, reverse = false } = options;
    const selector = selectorOf(prefix, options);
    if (selector === undefined) return;
    const entries = this.#kv.list(selector, { reverse, batchSize: Math.min(limit, 500) });
    let yielded = 0;
    while (yielded < limit) {
      const next = await this.#try(`list ${nameOf(prefix)}`, () => entries.next());
      if (next.done) return;
      const { key, value, versionstamp } = next.value;
      try {
        const parsed = parse({ key, schema }, value);
        if (parsed === null) continue;
        yielded += 1;
        yield { key, value: parsed, versionstamp };
      } catch (error) {
        if (!(error instanceof KvError)) throw error;
        this.#onDamaged(error);
      }
    }
  }

  /** Whether the store can be read now, within `ANSWER_MS`. */
  async answers(): Promise<boolean> {
    const read = withDeadline(this.get(rows.opened), ANSWER_MS, "the store");
    return await read.then(() => true, () => false);
  }

  /** Starts a set of changes that happen together or not at all. */
  commit(): Commit {
    return new Commit(this.#kv.atomic());
  }

  /**
   * Reads `row`, lets `change` decide and add changes to the commit, and commits if no other writer
   * came between; else all of it again. With no change added, nothing is written.
   * @returns what the last `change` returned
   * @throws {KvError} KV_CONFLICT after `MAX_UPDATE_TRIES`
   */
  async update<T, R>(
    row: Row<T>,
    change: (current: T | null, commit: Commit) => R | Promise<R>,
  ): Promise<R> {
    for (let tries = 0; tries < MAX_UPDATE_TRIES; tries++) {
      const { value, versionstamp } = await this.getEntry(row);
      const commit = this.commit().check(row, versionstamp);
      const outcome = await change(value, commit);
      if (commit.changes === 0 || await commit.commit()) return outcome;
    }
    throw new KvError("KV_CONFLICT", `change ${nameOf(row.key)}`);
  }

  /**
   * The rows (at most 10) now, and again after each change; changes in between may be left out.
   * Ends when `signal` aborts or the store closes. A damaged value is reported and reads as `null`.
   */
  async *watch<T>(
    rows: readonly Row<T>[],
    signal: AbortSignal,
  ): AsyncGenerator<readonly Entry<T>[]> {
    if (signal.aborted) return;
    const action = `watch ${nameOf(rows[0]?.key ?? [])}`;
    const reader = await this.#try(
      action,
      () => Promise.resolve(this.#kv.watch(rows.map(({ key }) => key)).getReader()),
    );
    const onAbort = () => void reader.cancel().catch(() => {}); // its reads then end as done
    signal.addEventListener("abort", onAbort, { once: true });
    try {
      for (;;) {
        if (this.#closed) return;
        const next = await this.#try(action, () => reader.read());
        if (next.done || signal.aborted) return;
        yield next.value.map((entry, index) => this.#entryOf(rows[index], entry));
      }
    } finally {
      signal.removeEventListener("abort", onAbort);
      onAbort();
    }
  }

  /** Safe twice. Running watches end. */
  [Symbol.dispose](): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#kv.close();
    this.#onClose();
  }

  #entryOf<T>(row: Row<T> | undefined, entry: Deno.KvEntryMaybe<unknown>): Entry<T> {
    if (row === undefined) return { value: null, versionstamp: null };
    try {
      return { value: parse(row, entry.value), versionstamp: entry.versionstamp };
    } catch (error) {
      if (!(error instanceof KvError)) throw error;
      this.#onDamaged(error);
      return { value: null, versionstamp: entry.versionstamp };
    }
  }

  async #try<R>(action: string, run: () => Promise<R>): Promise<R> {
    if (this.#closed) throw new KvError("KV_CLOSED", action);
    try {
      return await run();
    } catch (thrown) {
      throw KvError.from(thrown, action);
    }
  }
}

/** Changes that happen together or not at all. */
export class Commit {
  readonly #atomic: Deno.AtomicOperation;
  #changes = 0;
  #first = "nothing";

  constructor(atomic: Deno.AtomicOperation) {
    this.#atomic = atomic;
  }

  /** How many changes were added; checks do not count. */
  get changes(): number {
    return this.#changes;
  }

  /** The commit fails unless the row still has this versionstamp; `null`: unless it is absent. */
  check(row: Row<unknown>, versionstamp: string | null): this {
    this.#atomic.check({ key: row.key, versionstamp });
    return this;
  }

  /** `expireInMs`: KV may drop the row some time after that, never before. */
  set<T>(row: Row<T>, value: T, options: { expireInMs?: number } = {}): this {
    const { expireInMs } = options;
    this.#atomic.set(row.key, value, expireInMs === undefined ? {} : { expireIn: expireInMs });
    return this.#changed(row);
  }

  delete(row: Row<unknown>): this {
    this.#atomic.delete(row.key);
    return this.#changed(row);
  }

  /**
   * @returns the new versionstamp, or `null` if a check failed and nothing was changed
   * @throws {KvError} if the store failed; nothing was changed, or the outcome is unknown
   */
  async commit(): Promise<string | null> {
    try {
      const result = await this.#atomic.commit();
      return result.ok ? result.versionstamp : null;
    } catch (thrown) {
      throw KvError.from(thrown, `write ${this.#first}`);
    }
  }

  #changed(row: Row<unknown>): this {
    if (this.#changes === 0) this.#first = nameOf(row.key);
    this.#changes += 1;
    return this;
  }
}

/** `undefined`: the range is empty, which KV would take for a fault. */
function selectorOf(
  prefix: Deno.KvKey,
  options: ListOptions,
): Deno.KvListSelector | undefined {
  const { reverse = false, after, from, before } = options;
  // A start is inclusive: the smallest key beyond `after` is `after` with one more character.
  const first = after !== undefined && !reverse ? `${after}\0` : from;
  const end = after !== undefined && reverse ? after : before;
  if (first !== undefined && end !== undefined) {
    return first < end ? { start: [...prefix, first], end: [...prefix, end] } : undefined;
  }
  if (first !== undefined) return { prefix: [...prefix], start: [...prefix, first] };
  return end === undefined
    ? { prefix: [...prefix] }
    : { prefix: [...prefix], end: [...prefix, end] };
}

function parse<T>({ key, schema }: Row<T>, value: unknown): T | null {
  if (value === null) return null;
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new KvError("KV_VALUE_DAMAGED", `read ${nameOf(key)}`, { cause: parsed.error });
}

/** The first part only: the others may be ids and hashes, which have no place in a log. */
function nameOf(key: Deno.KvKey): string {
  return `"${String(key[0] ?? "")}"`;
}

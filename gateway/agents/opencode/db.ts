import { DatabaseSync } from "node:sqlite";
import { digest } from "../turn_book.ts";
import { FileWaker } from "../../transcripts/file_waker.ts";
import { MAX_LINE_BYTES } from "../../transcripts/json_lines.ts";

/** Where to go on after a restart. */
export interface OpenCodePosition {
  /** Messages that were created then or later are read again, in milliseconds since the epoch. */
  readonly sinceMs: number;
}

export interface OpenCodeRow {
  /** For `OpenCodeReader`: the row, with `table` and its `data` parsed. */
  readonly record: Readonly<Record<string, unknown>>;
  /** When its message was created; the position to save at a handover. */
  readonly sinceMs: number;
}

export interface OpenCodeBatch {
  readonly rows: readonly OpenCodeRow[];
  /** As of this batch every change that was committed was told. */
  readonly caughtUp: boolean;
  /** Rows left out so far, being too large or no JSON. */
  readonly skipped: number;
}

export interface OpenCodeDbOptions {
  readonly signal: AbortSignal;
  readonly conversation: string;
  /** Default: the whole conversation. */
  readonly from?: OpenCodePosition | { readonly lastMessages: number };
  /** Looks this often though no change is heard of, in milliseconds. Default: 1,000. */
  readonly pollMs?: number;
  /** Looks at most this often, in milliseconds. Default: 50. */
  readonly gapMs?: number;
}

interface MessageKey {
  readonly id: string;
  readonly createdMs: number;
}

const POLL_MS = 1_000;
const GAP_MS = 50;
/** Messages that a look for changes considers, from the newest back. */
const RECENT_MESSAGES = 200;
const PAGE_MESSAGES = 50;
/** Rows whose time of change lies this far back may still be committed, in milliseconds. */
const SLACK_MS = 5_000;
const MAX_PARTS = 2_000;
/** Rows that are remembered so that an unchanged one is not told again. */
const REMEMBERED = 8_192;

/**
 * Follows one conversation in OpenCode's database while OpenCode writes it. It only reads, in short
 * transactions, so it neither locks nor delays OpenCode. A message's parts are told before the
 * message itself, whose end then finds them known; a changed row is told anew.
 */
export class OpenCodeDb implements AsyncIterable<OpenCodeBatch> {
  readonly #path: string;
  readonly #options: OpenCodeDbOptions;
  readonly #waker: FileWaker;
  readonly #told = new Map<string, string>();
  #db: DatabaseSync | undefined;
  #identity: string | undefined;
  #dataVersion: unknown;
  /** Everything that changed before was told, but for the slack. */
  #changedMs = 0;
  #isFirst = true;
  #lastFirstMs: number | undefined;
  #poked = false;
  #skipped = 0;

  constructor(path: string, options: OpenCodeDbOptions) {
    this.#path = path;
    this.#options = options;
    const { signal, pollMs = POLL_MS, gapMs = GAP_MS } = options;
    // Changes are written to the log beside the database, whose name begins like its own.
    this.#waker = new FileWaker(path, { signal, pollMs, gapMs });
  }

  /** Looks now, and tells a batch with `caughtUp` even if there is nothing new. */
  poke(): void {
    this.#poked = true;
    this.#waker.poke();
  }

  /** Ends when the signal aborts. To be taken once. */
  async *[Symbol.asyncIterator](): AsyncGenerator<OpenCodeBatch, void, void> {
    const { signal } = this.#options;
    try {
      while (!signal.aborted) {
        const poked = this.#poked;
        this.#poked = false;
        let toldRows = false;
        for (const rows of this.#look()) {
          toldRows = true;
          yield { rows, caughtUp: false, skipped: this.#skipped };
        }
        if ((toldRows || poked) && this.#db !== undefined) {
          yield { rows: [], caughtUp: true, skipped: this.#skipped };
        }
        await this.#waker.sleep();
      }
    } finally {
      this.#waker[Symbol.dispose]();
      this.#close();
    }
  }

  *#look(): Generator<OpenCodeRow[], void, void> {
    try {
      if (!this.#openIfThere()) return;
      // Moves on whenever another connection commits.
      const version = this.#db?.prepare("PRAGMA data_version").get()?.data_version;
      if (version === this.#dataVersion && !this.#isFirst) return;
      yield* this.#isFirst ? this.#readBacklog() : this.#readChanges();
      this.#dataVersion = version;
      this.#isFirst = false;
    } catch {
      // Busy, being replaced, or not yet made: opened again at the next look, which tells it all.
      this.#close();
    }
  }

  *#readBacklog(): Generator<OpenCodeRow[], void, void> {
    const session = this.#readSession();
    if (session.length > 0) yield session;
    let after: MessageKey = { id: "", createdMs: this.#firstMs() };
    for (;;) {
      const page = this.#select(
        `SELECT id, time_created FROM message WHERE session_id = ?
         AND (time_created > ? OR (time_created = ? AND id > ?))
         ORDER BY time_created, id LIMIT ${PAGE_MESSAGES}`,
        [this.#options.conversation, after.createdMs, after.createdMs, after.id],
      ).map(keyOf);
      for (const key of page) {
        const rows = this.#readMessage(key, 0);
        if (rows.length > 0) yield rows;
        after = key;
      }
      if (page.length < PAGE_MESSAGES) return;
    }
  }

  *#readChanges(): Generator<OpenCodeRow[], void, void> {
    const session = this.#readSession();
    if (session.length > 0) yield session;
    const sinceMs = Math.max(0, this.#changedMs - SLACK_MS);
    const changed = this.#select(
      `SELECT id, time_created FROM (
         SELECT id, time_created, time_updated FROM message WHERE session_id = ?
         AND time_created >= ? ORDER BY time_created DESC, id DESC LIMIT ${RECENT_MESSAGES}
       ) AS m
       WHERE m.time_updated >= ? OR EXISTS (
         SELECT 1 FROM part AS p WHERE p.message_id = m.id AND p.time_updated >= ?
       ) ORDER BY time_created, id`,
      [this.#options.conversation, this.#firstMs(), sinceMs, sinceMs],
    );
    for (const key of changed.map(keyOf)) {
      const rows = this.#readMessage(key, sinceMs);
      if (rows.length > 0) yield rows;
    }
  }

  #readSession(): OpenCodeRow[] {
    const found = this.#select("SELECT id, directory FROM session WHERE id = ?", [
      this.#options.conversation,
    ]);
    return found.flatMap((row) => this.#rowOf({ table: "session", ...row }, 0));
  }

  #readMessage(key: MessageKey, changedSinceMs: number): OpenCodeRow[] {
    const size = `octet_length(data) > ${MAX_LINE_BYTES}`;
    const columns = `time_created, time_updated, CASE WHEN ${size} THEN NULL ELSE data END AS data`;
    // One moment for both: no message may seem to end before its last part.
    this.#db?.exec("BEGIN");
    try {
      return this.#rowsOf(key, columns, changedSinceMs);
    } finally {
      this.#db?.exec("COMMIT");
    }
  }

  #rowsOf(key: MessageKey, columns: string, changedSinceMs: number): OpenCodeRow[] {
    const parts = this.#select(
      `SELECT id, message_id, session_id, ${columns} FROM part
       WHERE message_id = ? AND time_updated >= ? ORDER BY id LIMIT ${MAX_PARTS}`,
      [key.id, changedSinceMs],
    );
    const message = this.#select(
      `SELECT id, session_id, ${columns} FROM message WHERE id = ?`,
      [key.id],
    );
    return [
      ...parts.flatMap((row) => this.#rowOf({ table: "part", ...row }, key.createdMs)),
      ...message.flatMap((row) => this.#rowOf({ table: "message", ...row }, key.createdMs)),
    ];
  }

  /** The row, unless it was told like this already. */
  #rowOf(row: Record<string, unknown>, sinceMs: number): OpenCodeRow[] {
    const key = `${row.table}/${row.id}`;
    const print = digest(JSON.stringify(row));
    if (this.#told.get(key) === print) return [];
    this.#told.delete(key);
    this.#told.set(key, print);
    for (const oldest of this.#told.keys()) {
      if (this.#told.size <= REMEMBERED) break;
      this.#told.delete(oldest);
    }
    if (typeof row.time_updated === "number") {
      this.#changedMs = Math.max(this.#changedMs, row.time_updated);
    }
    if (row.table === "session") return [{ record: row, sinceMs }];
    try {
      if (typeof row.data === "string") {
        return [{ record: { ...row, data: JSON.parse(row.data) as unknown }, sinceMs }];
      }
    } catch {
      // No JSON: counted like what is too large.
    }
    this.#skipped++;
    return [];
  }

  /** Settled at the first look, since messages are added at the end only. */
  #firstMs(): number {
    const { from } = this.#options;
    if (from === undefined) return 0;
    if ("sinceMs" in from) return from.sinceMs;
    this.#lastFirstMs ??= this.#select(
      `SELECT time_created FROM message WHERE session_id = ?
       ORDER BY time_created DESC, id DESC LIMIT ?`,
      [this.#options.conversation, from.lastMessages],
    ).map((row) => Number(row.time_created)).at(-1) ?? 0;
    return this.#lastFirstMs;
  }

  #select(sql: string, values: readonly (string | number)[]): Record<string, unknown>[] {
    return (this.#db?.prepare(sql).all(...values) ?? []).map((row) => ({ ...row }));
  }

  #openIfThere(): boolean {
    let identity: string;
    try {
      const { dev, ino } = Deno.statSync(this.#path);
      identity = `${dev}:${ino}`;
    } catch {
      this.#close();
      return false;
    }
    if (identity !== this.#identity) this.#close();
    if (this.#db === undefined) {
      this.#db = new DatabaseSync(this.#path, { readOnly: true });
      this.#identity = identity;
      // What is told already is not told again, so that nothing can be missed in between.
      this.#isFirst = true;
    }
    return true;
  }

  #close(): void {
    this.#db?.close();
    this.#db = undefined;
    this.#identity = undefined;
  }
}

function keyOf(row: Record<string, unknown>): MessageKey {
  return { id: String(row.id), createdMs: Number(row.time_created) };
}

import type { RecordBatch, Records } from "../../transcripts/records.ts";
import type { TranscriptDatabase } from "../transcript_place.ts";
import { OpenCodeDb } from "./db.ts";
import { sessionsWithPrompt, storedSessions } from "./sessions.ts";

/** OpenCode's database at `path`, which may not be there yet. */
export function openCodeDatabase(path: string): TranscriptDatabase {
  return {
    kind: "database",
    path,
    stored: (query) => storedSessions(path, query),
    withPrompt: (typed) => sessionsWithPrompt(path, typed),
    follow: (conversation, { sinceMs, signal }) =>
      new DatabaseRecords(new OpenCodeDb(path, { conversation, signal, from: { sinceMs } })),
    readLast: (conversation, { messages, signal }) =>
      readLast(path, conversation, { messages, signal }),
  };
}

/** A reader counts in a database by the time at which a message was made. */
class DatabaseRecords implements Records {
  readonly #db: OpenCodeDb;

  constructor(db: OpenCodeDb) {
    this.#db = db;
  }

  poke(): void {
    this.#db.poke();
  }

  checkAt(): Promise<string> {
    return Promise.resolve("");
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<RecordBatch, void, void> {
    for await (const { rows, caughtUp } of this.#db) {
      yield {
        records: rows.map(({ record, sinceMs }) => ({ record, position: sinceMs, next: sinceMs })),
        restarted: false,
        caughtUp,
      };
    }
  }
}

async function readLast(
  path: string,
  conversation: string,
  { messages: wanted, signal }: { messages: number; signal: AbortSignal },
): Promise<{ records: unknown[]; hasMore: boolean }> {
  const ending = new AbortController();
  const db = new OpenCodeDb(path, {
    conversation,
    signal: AbortSignal.any([signal, ending.signal]),
    from: { lastMessages: wanted },
  });
  const records: unknown[] = [];
  const messages = new Set<unknown>();
  for await (const { rows, caughtUp } of db) {
    for (const { record } of rows) {
      if (record["table"] === "message") messages.add(record["id"]);
      records.push(record);
    }
    if (caughtUp) ending.abort();
  }
  return { records, hasMore: messages.size >= wanted };
}

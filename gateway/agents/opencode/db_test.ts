import { assertEquals } from "@std/assert";
import { DatabaseSync } from "node:sqlite";
import type { Turn } from "@chatcode/protocol";
import fc from "fast-check";
import { waitFor } from "../../../kit/testing/wait_for.ts";
import { OpenCodeReader } from "./reader.ts";
import { fixtureRecords, upsert } from "../testdata/fixtures.ts";
import { OpenCodeDb, type OpenCodeDbOptions } from "./db.ts";

const CONVERSATION = "ses_e05888d01ffeqNFA2jEznIgX76";
const FIXTURE = "opencode-1.18.33/opencode-db-rows.jsonl";

interface Row {
  readonly table: "session" | "message" | "part";
  readonly id: string;
  readonly session_id?: string;
  readonly message_id?: string;
  readonly directory?: string;
  readonly time_created?: number;
  readonly data?: Record<string, unknown>;
}

/** A database like OpenCode's, in WAL mode, with a writer of its own. */
class DbLab implements AsyncDisposable {
  readonly folder = Deno.makeTempDirSync();
  readonly path = `${this.folder}/opencode.db`;
  #writer: DatabaseSync | undefined;
  #clockMs = 1_795_203_000_000;
  readonly #stops: (() => Promise<void>)[] = [];

  make(): void {
    this.#writer = new DatabaseSync(this.path);
    const times = "time_created integer NOT NULL, time_updated integer NOT NULL";
    this.#writer.exec(`PRAGMA journal_mode = WAL;
      CREATE TABLE session (id text PRIMARY KEY, directory text NOT NULL, ${times});
      CREATE TABLE message (id text PRIMARY KEY, session_id text NOT NULL, ${times}, data text);
      CREATE TABLE part (id text PRIMARY KEY, message_id text NOT NULL, session_id text NOT NULL,
        ${times}, data text);
      CREATE INDEX message_session_time_created_id_idx ON message (session_id, time_created, id);
      CREATE INDEX part_message_id_id_idx ON part (message_id, id);`);
  }

  put(row: Row): void {
    const { table, data, ...columns } = row;
    const updated = this.#clockMs += 10;
    const all: Record<string, string | number> = {
      ...(table === "session"
        ? { id: row.id, directory: row.directory ?? "/home/user" }
        : { ...columns, data: JSON.stringify(data) }),
      time_created: row.time_created ?? updated,
      time_updated: updated,
    };
    const names = Object.keys(all);
    const marks = names.map(() => "?").join(", ");
    this.#writer?.prepare(`INSERT OR REPLACE INTO ${table} (${names.join(", ")}) VALUES (${marks})`)
      .run(...Object.values(all));
  }

  follow(options: Partial<OpenCodeDbOptions> = {}, told = new Map<string, Turn>()) {
    const aborter = new AbortController();
    const { signal } = aborter;
    const db = new OpenCodeDb(this.path, { signal, conversation: CONVERSATION, ...options });
    const reader = new OpenCodeReader(CONVERSATION);
    const following = { db, reader, told, rows: 0, caughtUp: 0, skipped: 0, handoverMs: 0, stop };
    const ended = (async () => {
      for await (const batch of db) {
        following.rows += batch.rows.length;
        following.skipped = batch.skipped;
        for (const { record, sinceMs } of batch.rows) {
          upsert(reader.push(record), told);
          if (reader.handover !== undefined) following.handoverMs = sinceMs;
        }
        if (batch.caughtUp) following.caughtUp++;
      }
    })();
    async function stop() {
      aborter.abort();
      await ended;
    }
    this.#stops.push(stop);
    return following;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const stop of this.#stops) await stop();
    this.#writer?.close();
    await Deno.remove(this.folder, { recursive: true });
  }
}

const rows = fixtureRecords(FIXTURE) as Row[];

/** As OpenCode writes them: a message, then its parts as they grow, then the message's end. */
function story(): Row[] {
  const written: Row[] = rows.filter((row) => row.table === "session");
  for (const message of rows.filter((row) => row.table === "message")) {
    const { finish, error, ...begun } = message.data ?? {};
    const unended = { ...begun, time: { created: message.time_created } };
    written.push({ ...message, data: unended });
    for (const part of rows.filter((row) => row.message_id === message.id)) {
      written.push(...beginnings(part), part);
    }
    if (finish !== undefined || error !== undefined) written.push(message);
  }
  return written;
}

function beginnings(part: Row): Row[] {
  const { data = {} } = part;
  if (data.type === "tool") {
    const input = (data.state as { input: unknown }).input;
    return [
      { ...part, data: { ...data, state: { status: "pending", input: {} } } },
      { ...part, data: { ...data, state: { status: "running", input, time: { start: 1 } } } },
    ];
  }
  if (data.type !== "text" || data.time === undefined) return [];
  return ["", "FIN"].map((text) => ({ ...part, data: { ...data, text, time: { start: 1 } } }));
}

/** What all rows at once say, the parts of a message before it. */
const expected = (() => {
  const reader = new OpenCodeReader(CONVERSATION);
  const order = ["session", "part", "message"];
  const sorted = rows.toSorted((a, b) => order.indexOf(a.table) - order.indexOf(b.table));
  return shape(upsert(sorted.flatMap((row) => reader.push(row))));
})();

/** Times and the order of telling depend on when one looks; nothing else does. */
function shape(told: ReadonlyMap<string, Turn>): unknown[] {
  return [...told.values()].map(({ atMs: _, ...turn }) => turn)
    .sort((a, b) => a.id < b.id ? -1 : 1);
}

const FINAL = "prt_1fa777b34001S8uxe30kPYZOAW";

Deno.test("OpenCodeDb tells what OpenCode writes while it writes it", async () => {
  await using lab = new DbLab();
  const following = lab.follow();
  lab.make();
  for (const row of story()) {
    lab.put(row);
    const { caughtUp } = following;
    following.db.poke();
    await waitFor(() => following.caughtUp > caughtUp, { what: "a look" });
  }
  assertEquals(shape(following.told), expected);
  assertEquals([following.reader.cwd, following.reader.busy], ["/home/user/fp3", false]);
});

Deno.test("OpenCodeDb hears of changes however slowly it polls", async () => {
  await using lab = new DbLab();
  lab.make();
  const following = lab.follow({ pollMs: 600_000 });
  for (const row of story()) lab.put(row);
  await waitFor(() => following.told.get(FINAL)?.kind === "final", { what: "the final text" });
  assertEquals(shape(following.told), expected);
});

Deno.test("OpenCodeDb from any handover tells the same turns with the same revs", async () => {
  const all = story();
  await fc.assert(
    fc.asyncProperty(fc.nat(all.length), async (written) => {
      await using lab = new DbLab();
      lab.make();
      for (const row of all.slice(0, written)) lab.put(row);
      const first = lab.follow();
      first.db.poke();
      await waitFor(() => first.caughtUp > 0, { what: "the first look" });
      await first.stop();
      for (const row of all.slice(written)) lab.put(row);
      const again = lab.follow({ from: { sinceMs: first.handoverMs } }, first.told);
      again.db.poke();
      await waitFor(() => again.caughtUp > 0, { what: "the look after" });
      assertEquals(shape(again.told), expected);
    }),
    { numRuns: 25 },
  );
});

Deno.test("OpenCodeDb reads only the last messages when asked to", async () => {
  await using lab = new DbLab();
  lab.make();
  for (const row of rows) lab.put(row);
  const following = lab.follow({ from: { lastMessages: 1 } });
  await waitFor(() => following.caughtUp > 0, { what: "the first look" });
  assertEquals([...following.told.values()].map((turn) => turn.kind), ["final", "usage"]);
});

Deno.test("OpenCodeDb skips a row that is too large or no JSON, and tells no row twice", async () => {
  await using lab = new DbLab();
  lab.make();
  for (const row of rows) lab.put(row);
  const [part] = rows.filter((row) => row.table === "part");
  if (part === undefined) throw new TypeError("Cannot test: the fixture has no part");
  const huge = { type: "text", text: "x".repeat(9 * 1024 * 1024) };
  lab.put({ ...part, id: "prt_huge", data: huge });
  const following = lab.follow();
  await waitFor(() => following.caughtUp > 0, { what: "the first look" });
  assertEquals([following.rows, following.skipped], [11, 1]);
  lab.put(part); // another time of change, all else as before
  await waitFor(() => following.rows > 11, { what: "the row that was touched" });
  assertEquals(following.rows, 12);
});

Deno.test("OpenCodeDb goes on when another database takes the file's place", async () => {
  await using lab = new DbLab();
  lab.make();
  const following = lab.follow({ pollMs: 50 });
  following.db.poke();
  await waitFor(() => following.caughtUp > 0, { what: "the first look" });
  for (const name of ["opencode.db", "opencode.db-wal", "opencode.db-shm"]) {
    await Deno.remove(`${lab.folder}/${name}`);
  }
  lab.make();
  for (const row of rows) lab.put(row);
  await waitFor(() => following.told.get(FINAL)?.kind === "final", { what: "the final text" });
  assertEquals(shape(following.told), expected);
});

import { assertEquals, assertRejects } from "@std/assert";
import {
  type AgentId,
  type HostId,
  hostId,
  ProtocolError,
  sessionId,
  type UsageRow,
} from "@chatcode/protocol";
import fc from "fast-check";
import { FakeClock } from "../../kit/testing/fake_clock.ts";
import { openStore } from "../kv/open.ts";
import { MAX_USAGE_MODELS } from "./sheet.ts";
import { MAX_USAGE_SESSIONS, USAGE_KEPT_DAYS } from "./sheet_changes.ts";
import { COUNTED_KEPT_MS, type ToldUsage, UsageBook } from "./usage_book.ts";

const host = hostId.parse("h_1");
const DAY_MS = 24 * 3600_000;
const NOW_MS = Date.UTC(2026, 10, 20, 12);
const ALL = { sees: () => true };
const range = { from: "2026-11-01", to: "2026-11-30" };

interface Told {
  id: string;
  rev?: number;
  host?: HostId;
  session?: string;
  agent?: AgentId;
  model?: string;
  input?: number;
  atMs?: number;
}

function told(options: Told): ToldUsage {
  const { id, rev = 0, session = "s_1", agent = "claude", model = "m", input = 1 } = options;
  return {
    host: options.host ?? host,
    session: sessionId.parse(session),
    agent,
    turn: {
      kind: "usage",
      id,
      rev,
      atMs: options.atMs ?? NOW_MS,
      usage: { model, input, cachedInput: 2 * input, output: 3 * input },
    },
  };
}

async function openBook() {
  const clock = new FakeClock(NOW_MS);
  const store = await openStore({ kind: "memory" });
  return {
    clock,
    store,
    book: new UsageBook(store, clock),
    [Symbol.dispose]: () => store[Symbol.dispose](),
  };
}

const summed = (rows: readonly UsageRow[]) =>
  rows.map(({ day, session, agent, model, input, cachedInput, output, answers }) =>
    [day, session, agent, model, input, cachedInput, output, answers].join(" ")
  ).sort();

Deno.test("[TU6] a turn told again, also after a crash between commit and ack, counts once", async () => {
  using test = await openBook();
  assertEquals(await test.book.count(told({ id: "t1", input: 5 })), "counted");
  const restarted = new UsageBook(test.store, test.clock);
  assertEquals(await restarted.count(told({ id: "t1", input: 5 })), "known");
  // The same conversation, resumed in another session, tells the same turn.
  assertEquals(await restarted.count(told({ id: "t1", input: 5, session: "s_2" })), "known");
  assertEquals(await restarted.count(told({ id: "t1", host: hostId.parse("h_2") })), "counted");
  const { rows } = await restarted.query({ ...range, host }, ALL);
  assertEquals(summed(rows), ["2026-11-20 s_1 claude m 5 10 15 1"]);
});

Deno.test("[TU3] [US1] a later revision replaces the numbers, wherever they were", async () => {
  using test = await openBook();
  await test.book.count(told({ id: "t1", input: 5, atMs: NOW_MS - DAY_MS }));
  await test.book.count(told({ id: "t2", input: 1, atMs: NOW_MS - DAY_MS }));
  await test.book.count(told({ id: "t1", rev: 2, input: 7, model: "n", agent: "codex" }));
  assertEquals(await test.book.count(told({ id: "t1", rev: 1, input: 9 })), "known");
  const { rows } = await test.book.query(range, ALL);
  assertEquals(summed(rows), [
    "2026-11-19 s_1 claude m 1 2 3 1",
    "2026-11-20 s_1 codex n 7 14 21 1",
  ]);
});

Deno.test("[TU3] [TU6] [US1] any order, repetition and revisions give the sum of the last ones", async () => {
  const turns = fc.array(
    fc.record({
      id: fc.constantFrom("a", "b", "c", "d", "e"),
      rev: fc.nat(3),
      session: fc.constantFrom("s_1", "s_2"),
    }),
    { minLength: 1, maxLength: 25 },
  );
  // What a revision says depends on id and revision alone, as it does in a transcript.
  const full = ({ id, rev, session }: { id: string; rev: number; session: string }) =>
    told({
      id,
      rev,
      session,
      input: id.charCodeAt(0) * (rev + 1),
      model: rev % 2 ? "m" : "n",
      atMs: NOW_MS - rev * DAY_MS,
    });
  await fc.assert(
    fc.asyncProperty(turns, fc.infiniteStream(fc.nat()), async (turns, picks) => {
      using test = await openBook();
      // Some come at the same time, as from two sockets of one machine.
      const tellings = [...turns];
      while (tellings.length > 0) {
        const atOnce = tellings.splice(0, 1 + (picks.next().value ?? 0) % 3);
        await Promise.all(atOnce.map((turn) => test.book.count(full(turn))));
      }
      const last = new Map<string, ToldUsage>();
      for (const turn of turns) {
        const before = last.get(turn.id);
        if (!before || before.turn.rev < turn.rev) last.set(turn.id, full(turn));
      }
      const { rows } = await test.book.query(range, ALL);
      const total = (of: (row: UsageRow) => number) => rows.reduce((sum, row) => sum + of(row), 0);
      const want = [...last.values()].map(({ turn }) => turn.usage);
      const wanted = (of: "input" | "cachedInput" | "output") =>
        want.reduce((sum, usage) => sum + usage[of], 0);
      assertEquals(total((row) => row.input), wanted("input"));
      assertEquals(total((row) => row.cachedInput), wanted("cachedInput"));
      assertEquals(total((row) => row.output), wanted("output"));
      assertEquals(total((row) => row.answers), last.size);
      for (const model of ["m", "n"]) {
        assertEquals(
          rows.filter((row) => row.model === model).reduce((sum, row) => sum + row.input, 0),
          want.filter((usage) => usage.model === model).reduce(
            (sum, usage) => sum + usage.input,
            0,
          ),
        );
      }
    }),
    { numRuns: 60 },
  );
});

Deno.test("a turn older than the marks is not counted, so that none counts twice", async () => {
  using test = await openBook();
  const old = told({ id: "t1", atMs: NOW_MS - COUNTED_KEPT_MS - 1 });
  assertEquals(await test.book.count(old), "old");
  const young = told({ id: "t1", atMs: NOW_MS - COUNTED_KEPT_MS });
  assertEquals(await test.book.count(young), "counted");
});

Deno.test("a machine whose clock runs ahead counts today", async () => {
  using test = await openBook();
  await test.book.count(told({ id: "t1", atMs: NOW_MS + 400 * DAY_MS }));
  assertEquals((await test.book.query(range, ALL)).rows.map((row) => row.day), ["2026-11-20"]);
});

Deno.test("more models than a sheet holds are summed as one, and no number is lost", async () => {
  using test = await openBook();
  for (let n = 0; n < MAX_USAGE_MODELS + 3; n++) {
    await test.book.count(told({ id: `t${n}`, model: `m${n}` }));
  }
  await test.book.count(told({ id: `t${MAX_USAGE_MODELS}`, rev: 1, model: "x", input: 10 }));
  const { rows } = await test.book.query(range, ALL);
  assertEquals(rows.length, MAX_USAGE_MODELS + 1);
  assertEquals(rows.find((row) => row.model === "other")?.answers, 3);
  assertEquals(rows.reduce((sum, row) => sum + row.input, 0), MAX_USAGE_MODELS + 2 + 10);
});

Deno.test("a machine that makes up sessions fills no more than its share", async () => {
  using test = await openBook();
  for (let n = 0; n < MAX_USAGE_SESSIONS + 2; n++) {
    await test.book.count(told({ id: `t${n}`, session: `s_${n}` }));
  }
  const { rows } = await test.book.query(range, ALL);
  assertEquals(rows.length, MAX_USAGE_SESSIONS + 1);
  assertEquals(rows.find((row) => row.session === "other")?.answers, 2);
});

Deno.test("[US1] a query sees only days and machines that it may, and says when it is cut", async () => {
  using test = await openBook();
  const other = hostId.parse("h_2");
  await test.book.count(told({ id: "t1", atMs: NOW_MS - 2 * DAY_MS }));
  await test.book.count(told({ id: "t2", atMs: NOW_MS - DAY_MS }));
  await test.book.count(told({ id: "t3" }));
  await test.book.count(told({ id: "t4", host: other }));
  const days = async (from: string, to: string) =>
    (await test.book.query({ from, to, host }, ALL)).rows.map(({ day }) => day);
  assertEquals(await days("2026-11-19", "2026-11-19"), ["2026-11-19"]);
  assertEquals(await days("2026-11-18", "2026-11-20"), ["2026-11-18", "2026-11-19", "2026-11-20"]);
  const seen = await test.book.query(range, { sees: (id) => id === other });
  assertEquals(seen.rows.map(({ host }) => host), [other]);
  const hidden = await test.book.query({ ...range, host }, { sees: (id) => id === other });
  assertEquals(hidden, { rows: [], truncated: false });
  const cut = await test.book.query({ ...range, host }, { sees: () => true, maxBytes: 280 });
  assertEquals([cut.rows.map(({ day }) => day), cut.truncated], [
    ["2026-11-19", "2026-11-20"],
    true,
  ]);
});

Deno.test("[US1] what is no range of days is refused", async () => {
  using test = await openBook();
  const refused = async (from: string, to: string) => {
    const error = await assertRejects(() => test.book.query({ from, to }, ALL), ProtocolError);
    return error.code;
  };
  assertEquals(await refused("2026-11-20", "2026-11-19"), "INVALID_REQUEST");
  assertEquals(await refused("2026-02-30", "2026-03-01"), "INVALID_REQUEST");
  assertEquals(await refused("2025-10-16", "2026-11-20"), "INVALID_REQUEST");
  assertEquals(USAGE_KEPT_DAYS, 400);
  assertEquals(
    (await test.book.query({ from: "2025-10-17", to: "2026-11-20" }, ALL)).truncated,
    false,
  );
});

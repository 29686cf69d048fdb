import { assertEquals } from "@std/assert";
import { type Turn, turn } from "@chatcode/protocol";
import fc from "fast-check";
import { JsonLines } from "../transcripts/json_lines.ts";
import { AGENTS } from "./agents.ts";
import {
  type Fixture,
  fixtureRecords,
  fixtureText,
  newReader,
  TRANSCRIPTS,
  upsert,
} from "./testdata/fixtures.ts";

/** What a consumer holds after `records` in this order, read by one reader. */
function turnsOf(fixture: Fixture, records: readonly unknown[]): Turn[] {
  const reader = newReader(fixture);
  return [...upsert(records.flatMap((record) => reader.push(record))).values()];
}

for (const fixture of TRANSCRIPTS) {
  const { path } = fixture;
  const records = fixtureRecords(path);
  const expected = turnsOf(fixture, records);

  Deno.test(`any split of the bytes of ${path} gives the same turns`, () => {
    const bytes = new TextEncoder().encode(fixtureText(path));
    const cuts = fc.array(fc.nat(bytes.length), { maxLength: 40 });
    fc.assert(fc.property(cuts, (cuts) => {
      const reader = newReader(fixture);
      const lines = new JsonLines();
      const told: Turn[] = [];
      let from = 0;
      for (const cut of [...cuts.sort((a, b) => a - b), bytes.length]) {
        for (const { record } of lines.push(bytes.subarray(from, cut))) {
          told.push(...reader.push(record));
        }
        from = cut;
      }
      assertEquals([...upsert(told).values()], expected);
    }));
  });

  // OpenCode's rows are no log: `opencode/db_test.ts` has what stands for this.
  const isLog = fixture.agent.id !== "opencode";
  if (isLog) {
    Deno.test(`any prefix of ${path}, then a new reader from the handover, gives the same turns`, () => {
      fc.assert(fc.property(fc.nat(records.length), (length) => {
        const first = newReader(fixture);
        const told = new Map<string, Turn>();
        let handover = 0;
        for (const [at, record] of records.slice(0, length).entries()) {
          upsert(first.push(record), told);
          if (first.handover !== undefined) handover = first.handover === "after" ? at + 1 : at;
        }
        const prefix = [...told.keys()];
        assertEquals(prefix, expected.map(({ id }) => id).slice(0, prefix.length));
        // What begins the file, such as the folder, is read by every reader.
        const second = newReader(fixture);
        if (handover > 0) second.push(records[0]);
        for (const record of records.slice(handover)) upsert(second.push(record), told);
        assertEquals([...told.values()], expected);
      }));
    });
  }

  Deno.test(`any repeat of records of ${path} changes nothing`, () => {
    const place = fc.tuple(fc.nat(records.length), fc.nat(records.length));
    fc.assert(fc.property(place, ([a, b]) => {
      const [from, to] = [Math.min(a, b), Math.max(a, b)];
      const repeated = [...records.slice(0, to), ...records.slice(from, to), ...records.slice(to)];
      assertEquals(turnsOf(fixture, repeated), expected);
      assertEquals(turnsOf(fixture, [...records, ...records.slice(from)]), expected);
    }));
  });

  Deno.test(`damaged records of ${path} never throw and never give a turn that is none`, () => {
    const junk = fc.oneof(
      fc.anything(),
      fc.constantFrom("", -1, 1.5, 1e300, NaN, null, [], {}, [[]], "x".repeat(70_000)),
    );
    const damage = fc.tuple(fc.nat(records.length - 1), fc.nat(60), junk);
    fc.assert(fc.property(fc.array(damage, { minLength: 1, maxLength: 8 }), (damages) => {
      const damaged = structuredClone(records);
      for (const [at, field, value] of damages) {
        // Each time its own copy: a value put into itself would be a cycle, which JSON has not.
        damageField(damaged[at], field, structuredClone(value));
      }
      const reader = newReader(fixture);
      for (const told of damaged.flatMap((record) => reader.push(record))) turn.parse(told);
    }));
  });
}

Deno.test("every reader counts what it does not know and goes on", () => {
  for (const agent of AGENTS) {
    const reader = agent.newReader();
    const unknown = [null, 7, "text", [], { type: "of-a-later-version" }, {}];
    for (const record of unknown) assertEquals(reader.push(record), []);
    assertEquals(reader.skipped, unknown.length);
  }
});

/** Puts `value` into the `nth` field of `target`, counted depth first. */
function damageField(target: unknown, nth: number, value: unknown): void {
  const fields: [Record<string, unknown>, string][] = [];
  const walk = (object: unknown) => {
    if (typeof object !== "object" || object === null) return;
    for (const [key, inner] of Object.entries(object)) {
      fields.push([object as Record<string, unknown>, key]);
      walk(inner);
    }
  };
  walk(target);
  const [object, key] = fields[nth % Math.max(1, fields.length)] ?? [];
  if (object !== undefined && key !== undefined) object[key] = value;
}

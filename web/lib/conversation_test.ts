import { assertEquals, assertStrictEquals } from "@std/assert";
import type { Turn } from "@chatcode/protocol";
import fc from "fast-check";
import {
  type Conversation,
  MAX_TURNS,
  needsMark,
  NO_CONVERSATION,
  olderThan,
  turnsOf,
  withNewest,
  withOlder,
  withTurn,
} from "./conversation.ts";

const turn = (n: number, rev = 0): Turn => ({
  id: `t${n}`,
  rev,
  atMs: n,
  kind: "progress",
  text: `${n}/${rev}`,
});
/** What a host with turns 0 to `end` answers. */
const page = (end: number, options: { size?: number; rev?: number; id?: string } = {}) => {
  const { size = 10, rev = 0, id = "c" } = options;
  const start = Math.max(0, end - size);
  return {
    conversation: id,
    turns: Array.from({ length: end - start }, (_, n) => turn(start + n, rev)),
    ...(start > 0 && { older: String(start) }),
  };
};
const numbers = (conversation: Conversation) => turnsOf(conversation).map(({ atMs }) => atMs);
const range = (from: number, to: number) => Array.from({ length: to - from }, (_, n) => from + n);

Deno.test("[TU3] a turn told again takes its place, unless it is older", () => {
  const start = withNewest(NO_CONVERSATION, page(5));
  const amended = withTurn(start, turn(2, 1));
  assertEquals(turnsOf(amended).map(({ rev }) => rev), [0, 0, 1, 0, 0]);
  assertStrictEquals(withTurn(amended, turn(2, 0)), amended);
  assertStrictEquals(withTurn(amended, turn(2, 1)), amended);
  assertEquals(numbers(withTurn(amended, turn(5))), range(0, 6));
  // A page made earlier takes nothing back.
  assertEquals(turnsOf(withNewest(amended, page(5)))[2]?.rev, 1);
  assertEquals(turnsOf(withNewest(amended, page(5, { rev: 2 })))[2]?.rev, 2);
});

Deno.test("[TU5] older pages come before, once", () => {
  const newest = withNewest(NO_CONVERSATION, page(25));
  assertEquals(olderThan(newest), "15");
  const more = withOlder(newest, page(15), "15");
  assertEquals([numbers(more), olderThan(more)], [range(5, 25), "5"]);
  assertStrictEquals(withOlder(more, page(15), "15"), more);
  assertStrictEquals(withOlder(more, page(5, { id: "other" }), "5"), more);
  const all = withOlder(more, page(5), "5");
  assertEquals([numbers(all), olderThan(all)], [range(0, 25), undefined]);
});

Deno.test("[EV3] a newest page joins what is known, or replaces it after a gap", () => {
  const known = withOlder(withNewest(NO_CONVERSATION, page(25)), page(15), "15");
  const joined = withNewest(known, page(30));
  assertEquals([numbers(joined), olderThan(joined)], [range(5, 30), "5"]);
  // Turns that were told while the page was on its way stay.
  const told = withTurn(withTurn(known, turn(25)), turn(26));
  assertEquals(numbers(withNewest(told, page(26))), range(5, 27));
  const gap = withNewest(known, page(100));
  assertEquals([numbers(gap), olderThan(gap)], [range(90, 100), "90"]);
  const cleared = withNewest(known, page(2, { id: "new" }));
  assertEquals([cleared.id, numbers(cleared)], ["new", [0, 1]]);
  const wider = withNewest(withNewest(NO_CONVERSATION, page(25)), page(26, { size: 20 }));
  assertEquals([numbers(wider), olderThan(wider)], [range(6, 26), "6"]);
});

Deno.test("memory is bounded at either end, and every end knows what comes next", () => {
  let following = withNewest(NO_CONVERSATION, page(100, { size: 100 }));
  for (let n = 100; n < 5_000; n++) {
    following = withTurn(following, turn(n));
    if (needsMark(following)) following = withNewest(following, page(n + 1, { size: 100 }));
  }
  assertEquals(turnsOf(following).length <= MAX_TURNS, true);
  assertEquals(olderThan(following), String(numbers(following)[0]));
  assertEquals(numbers(following).at(-1), 4_999);

  let reading = withNewest(NO_CONVERSATION, page(5_000, { size: 100 }));
  for (let cursor = olderThan(reading); cursor !== undefined; cursor = olderThan(reading)) {
    reading = withOlder(reading, page(Number(cursor), { size: 100 }), cursor);
    assertEquals(turnsOf(reading).length <= MAX_TURNS, true);
  }
  assertEquals(numbers(reading), range(0, MAX_TURNS));
  assertEquals(reading.atEnd, false);
  // News of what is not here is left out; of what is here, it is taken.
  assertStrictEquals(withTurn(reading, turn(5_000)), reading);
  assertEquals(turnsOf(withTurn(reading, turn(3, 1)))[3]?.rev, 1);
  const back = withNewest(reading, page(5_001, { size: 100 }));
  assertEquals([numbers(back), back.atEnd], [range(4_901, 5_001), true]);
});

Deno.test("whatever the order of pages and news, turns are once each, in order, without gaps", () => {
  const step = fc.oneof(
    fc.record({ do: fc.constant("tell" as const), late: fc.nat(3) }),
    fc.record({ do: fc.constant("newest" as const), late: fc.nat(3) }),
    fc.record({ do: fc.constant("older" as const), late: fc.constant(0) }),
  );
  fc.assert(fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
    let end = 30;
    let conversation = withNewest(NO_CONVERSATION, page(end));
    for (const { do: act, late } of steps) {
      if (act === "tell") conversation = withTurn(conversation, turn(end++));
      else if (act === "newest") conversation = withNewest(conversation, page(end - late));
      else {
        const cursor = olderThan(conversation);
        if (cursor !== undefined) {
          conversation = withOlder(conversation, page(Number(cursor)), cursor);
        }
      }
      const seen = numbers(conversation);
      assertEquals(seen, range(seen[0] ?? 0, end));
      assertEquals(olderThan(conversation), seen[0] === 0 ? undefined : String(seen[0]));
    }
  }));
});

import { assertEquals } from "@std/assert";
import { silentLog } from "@chatcode/kit";
import { hostId, sessionId } from "@chatcode/protocol";
import { FakeClock } from "../../kit/testing/fake_clock.ts";
import { KvError } from "../kv/kv_error.ts";
import type { ToldUsage } from "./usage_book.ts";
import { MAX_WAITING_USAGE, UsageIntake } from "./usage_intake.ts";

const told = (id: string): ToldUsage => ({
  host: hostId.parse("h_1"),
  session: sessionId.parse("s_1"),
  agent: "claude",
  turn: {
    kind: "usage",
    id,
    rev: 0,
    atMs: 1,
    usage: { model: "m", input: 1, cachedInput: 0, output: 1 },
  },
});

/** An intake into a store that fails as the test says. */
function open(failures: Map<string, KvError[]> = new Map()) {
  const clock = new FakeClock();
  const counted: string[] = [];
  const safe: string[] = [];
  const intake = new UsageIntake({
    count: ({ turn }) => {
      const failure = failures.get(turn.id)?.shift();
      if (failure) return Promise.reject(failure);
      counted.push(turn.id);
      return Promise.resolve("counted");
    },
  }, { clock, log: silentLog });
  const take = (id: string) => intake.take(told(id), () => safe.push(id));
  return { intake, clock, counted, safe, take };
}

Deno.test("[TU7] turns are safe in order, once the store has them, however often it failed", async () => {
  const away = () => new KvError("KV_UNAVAILABLE", "write");
  const test = open(new Map([["u2", [away(), away(), away()]]]));
  for (const id of ["u1", "u2", "u3"]) test.take(id);
  await test.clock.advance(0);
  assertEquals([test.counted, test.safe], [["u1"], ["u1"]]);
  await test.clock.advance(60_000);
  assertEquals([test.counted, test.safe], [["u1", "u2", "u3"], ["u1", "u2", "u3"]]);
  test.take("u4");
  await test.clock.advance(0);
  assertEquals(test.safe.at(-1), "u4");
});

Deno.test("a row that is damaged for good holds up no later turn", async () => {
  const test = open(new Map([["u1", [new KvError("KV_VALUE_DAMAGED", "read")]]]));
  for (const id of ["u1", "u2"]) test.take(id);
  await test.clock.advance(0);
  assertEquals([test.counted, test.safe], [["u2"], ["u1", "u2"]]);
});

Deno.test("a store that does not come back makes the intake full, and closing it leaves nothing", async () => {
  const failing = Array.from({ length: 1_000 }, () => new KvError("KV_UNAVAILABLE", "write"));
  const test = open(new Map([["u0", failing]]));
  for (let n = 0; n < MAX_WAITING_USAGE; n++) assertEquals(test.take(`u${n}`), true);
  assertEquals(test.take("one more"), false);
  await test.clock.advance(1_000);
  test.intake[Symbol.dispose]();
  await test.clock.advance(60_000);
  assertEquals([test.counted, test.safe, test.clock.pending], [[], [], 0]);
});

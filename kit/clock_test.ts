import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { sleep, systemClock } from "./clock.ts";
import { FakeClock } from "./testing/fake_clock.ts";

Deno.test("systemClock fires a timer and forgets a disposed one", async () => {
  const fired: string[] = [];
  const disposed = systemClock.setTimer(() => fired.push("disposed"), 0);
  disposed[Symbol.dispose]();
  await new Promise<void>((resolve) => {
    systemClock.setTimer(() => {
      fired.push("kept");
      resolve();
    }, 1);
  });
  assertEquals(fired, ["kept"]);
});

for (const [name, clock] of Object.entries({ systemClock, FakeClock: new FakeClock() })) {
  Deno.test(`${name} refuses a timer no runtime keeps`, () => {
    for (const ms of [-1, NaN, Infinity, 2 ** 31]) {
      assertThrows(() => clock.setTimer(() => {}, ms), RangeError, "Cannot set a timer");
    }
  });
}

Deno.test("FakeClock fires in order, also what is set on the way", async () => {
  const clock = new FakeClock(0);
  const fired: string[] = [];
  clock.setTimer(() => fired.push(`b@${clock.now()}`), 20);
  clock.setTimer(() => {
    fired.push(`a@${clock.now()}`);
    clock.setTimer(() => fired.push(`c@${clock.now()}`), 5);
  }, 10);
  const never = clock.setTimer(() => fired.push("never"), 12);
  never[Symbol.dispose]();
  assertEquals(clock.nextMs, 10);
  await clock.advance(30);
  assertEquals(fired, ["a@10", "c@15", "b@20"]);
  assertEquals([clock.now(), clock.pending], [30, 0]);
});

Deno.test("FakeClock lets awaiting code set its next timer", async () => {
  const clock = new FakeClock(0);
  const at: number[] = [];
  const loop = (async () => {
    for (let i = 0; i < 3; i++) {
      await sleep(clock, 10);
      at.push(clock.now());
    }
  })();
  await clock.advance(30);
  await loop;
  assertEquals(at, [10, 20, 30]);
});

Deno.test("sleep() ends with the signal's reason and leaves no timer", async () => {
  const clock = new FakeClock();
  const abort = new AbortController();
  const slept = sleep(clock, 1000, abort.signal);
  abort.abort(new Error("stopped"));
  await assertRejects(() => slept, Error, "stopped");
  await assertRejects(() => sleep(clock, 1000, abort.signal), Error, "stopped");
  assertEquals(clock.pending, 0);
});

import { assert, assertEquals, assertRejects } from "@std/assert";
import { Redial, RETRY_AFTER_CAP_MS } from "./redial.ts";
import { FakeClock } from "./testing/fake_clock.ts";

const almostOne = () => 1 - 1e-9;

Deno.test("next() doubles the ceiling up to the cap", () => {
  const redial = new Redial({ clock: new FakeClock(), random: almostOne });
  const waits = Array.from({ length: 9 }, () => redial.next());
  assertEquals(waits, [249, 499, 999, 1999, 3999, 7999, 14999, 14999, 14999]);
});

Deno.test("next() stays within the cap after very many attempts", () => {
  const redial = new Redial({ clock: new FakeClock(), random: almostOne });
  for (let i = 0; i < 5000; i++) assert(redial.next() < 15_000);
});

Deno.test("next() spreads over the whole range", () => {
  const redial = new Redial({ clock: new FakeClock(), random: () => 0 });
  assertEquals([redial.next(), redial.next(), redial.next()], [0, 0, 0]);
});

Deno.test("a connection resets the waits only after a stable minute", async () => {
  const clock = new FakeClock();
  const redial = new Redial({ clock, random: almostOne });
  for (let i = 0; i < 4; i++) redial.next();
  redial.accepted();
  await clock.advance(59_999);
  assertEquals(redial.next(), 3999);
  redial.accepted();
  await clock.advance(60_000);
  assertEquals(redial.next(), 249);
  await clock.advance(60_000);
  assertEquals(redial.next(), 499, "a minute without a connection is no stable minute");
});

Deno.test("next() adds jitter to what the peer asks, and bounds what it may ask", () => {
  const redial = new Redial({ clock: new FakeClock(), random: () => 0.5 });
  assertEquals(redial.next({ retryAfterMs: 5000 }), 5125);
  assertEquals(redial.next({ retryAfterMs: 1e12 }), RETRY_AFTER_CAP_MS + 250);
  assertEquals(redial.next({ retryAfterMs: -9 }), 500);
  assertEquals(redial.next({ retryAfterMs: NaN }), 1000);
});

Deno.test("wait() lasts as long as it says", async () => {
  const clock = new FakeClock(0);
  const redial = new Redial({ clock, random: () => 0.5 });
  let waitedMs: number | undefined;
  const waiting = redial.wait(new AbortController().signal).then((ms) => waitedMs = ms);
  await clock.advance(124);
  assertEquals(waitedMs, undefined);
  await clock.advance(1);
  assertEquals(await waiting, 125);
});

Deno.test("wake() ends a running wait, and only that one", async () => {
  const clock = new FakeClock();
  const redial = new Redial({ clock, random: () => 0.5 });
  redial.wake();
  const first = redial.wait(new AbortController().signal);
  redial.wake();
  await first;
  assertEquals(clock.pending, 0);
  let over = false;
  const second = redial.wait(new AbortController().signal).then(() => over = true);
  await clock.advance(249);
  assertEquals(over, false);
  await clock.advance(1);
  await second;
});

Deno.test("wait() ends with the signal's reason", async () => {
  const clock = new FakeClock();
  const redial = new Redial({ clock });
  const abort = new AbortController();
  const waiting = redial.wait(abort.signal);
  abort.abort(new Error("stopped"));
  await assertRejects(() => waiting, Error, "stopped");
  assertEquals([clock.pending, redial.attempts], [0, 1]);
  await assertRejects(() => redial.wait(abort.signal), Error, "stopped");
  assertEquals(redial.attempts, 1);
});

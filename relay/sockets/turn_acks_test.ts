import { assertEquals } from "@std/assert";
import { type SessionId, sessionId } from "@chatcode/protocol";
import { FakeClock } from "../../kit/testing/fake_clock.ts";
import { TURN_ACK_EVERY_MS, TurnAcks } from "./turn_acks.ts";

const one = sessionId.parse("s_1");
const two = sessionId.parse("s_2");

function open() {
  const clock = new FakeClock();
  const sent: [SessionId, number][] = [];
  const acks = new TurnAcks(clock, ({ session, outbox }) => sent.push([session, outbox]));
  return {
    acks,
    clock,
    /** What was sent in the next stretch. */
    next: async () => {
      await clock.advance(TURN_ACK_EVERY_MS);
      return sent.splice(0);
    },
  };
}

Deno.test("[TU7] a burst is acknowledged once for each session", async () => {
  const { acks, next } = open();
  for (let outbox = 1; outbox <= 100; outbox++) acks.done(one, outbox);
  acks.done(two, 7);
  assertEquals(await next(), [[one, 100], [two, 7]]);
  assertEquals(await next(), []);
});

Deno.test("[TU7] nothing at or after a turn that is not safe is acknowledged", async () => {
  const { acks, next } = open();
  acks.done(one, 1);
  const third = acks.pending(one, 3);
  acks.done(one, 4);
  const fifth = acks.pending(one, 5);
  assertEquals(await next(), [[one, 1]]);
  fifth();
  assertEquals(await next(), []);
  third();
  assertEquals(await next(), [[one, 5]]);
});

Deno.test("[TU7] a first turn that is not safe acknowledges nothing before it", async () => {
  const { acks, next } = open();
  const safe = acks.pending(one, 9);
  acks.done(one, 10);
  assertEquals(await next(), []);
  safe();
  assertEquals(await next(), [[one, 10]]);
});

Deno.test("a closed socket's acknowledgements stop, and no timer is left", async () => {
  const { acks, clock, next } = open();
  const safe = acks.pending(one, 1);
  acks.done(two, 1);
  acks[Symbol.dispose]();
  safe();
  assertEquals([clock.pending, await next()], [0, []]);
});

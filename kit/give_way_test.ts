import { assertEquals, assertRejects } from "@std/assert";
import { systemClock } from "./clock.ts";
import { BULK_BUFFERED_BYTES, GENTLE_PIECE_BYTES, GiveWay } from "./give_way.ts";
import { FakeClock } from "./testing/fake_clock.ts";

const { signal } = new AbortController();

Deno.test("turn() gives whole pieces at once while the connection is nobody else's", async () => {
  const pace = new GiveWay({
    clock: new FakeClock(),
    pieceBytes: 1_000_000,
    bufferedBytes: () => BULK_BUFFERED_BYTES,
    isNeeded: () => false,
  });
  assertEquals(await pace.turn(signal), 1_000_000);
});

Deno.test("turn() waits until what is buffered has gone", async () => {
  let buffered = BULK_BUFFERED_BYTES + 1;
  let looks = 0;
  const pace = new GiveWay({
    clock: systemClock,
    pieceBytes: 1_000,
    bufferedBytes: () => {
      if (++looks === 3) buffered = 0;
      return buffered;
    },
    isNeeded: () => false,
  });
  assertEquals([await pace.turn(signal), looks], [1_000, 3]);
});

Deno.test("turn() gives small pieces while others need the connection", async () => {
  const pace = new GiveWay({
    clock: systemClock,
    pieceBytes: 1_000_000,
    bufferedBytes: () => 0,
    isNeeded: () => true,
  });
  assertEquals(await pace.turn(signal), GENTLE_PIECE_BYTES);
});

Deno.test("turn() ends with its signal", async () => {
  const stop = new AbortController();
  const pace = new GiveWay({
    clock: systemClock,
    pieceBytes: 1_000,
    bufferedBytes: () => Infinity,
    isNeeded: () => false,
  });
  const waiting = pace.turn(stop.signal);
  stop.abort(new Error("enough"));
  await assertRejects(() => waiting, Error, "enough");
});

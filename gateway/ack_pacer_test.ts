import { assertEquals } from "@std/assert";
import { FakeClock } from "../kit/testing/fake_clock.ts";
import { ACK_NOW_BYTES, ACK_WAIT_MS, AckPacer } from "./ack_pacer.ts";

Deno.test("acknowledgements wait for company, and only the latest leaves", async () => {
  const clock = new FakeClock();
  const sent: number[] = [];
  using pacer = new AckPacer((seq) => void sent.push(seq), clock);
  pacer.startAt(1_000_000);
  for (let seq = 1_000_001; seq <= 1_000_050; seq++) pacer.push(seq);
  await clock.advance(ACK_WAIT_MS - 1);
  assertEquals(sent, []);
  await clock.advance(1);
  assertEquals(sent, [1_000_050]);
  await clock.advance(1_000);
  assertEquals([sent.length, clock.pending], [1, 0]);
});

Deno.test("what frees much of the window leaves at once", async () => {
  const clock = new FakeClock();
  const sent: number[] = [];
  using pacer = new AckPacer((seq) => void sent.push(seq), clock);
  pacer.push(1);
  pacer.push(ACK_NOW_BYTES);
  assertEquals([sent, clock.pending], [[ACK_NOW_BYTES], 0]);
  pacer.push(2 * ACK_NOW_BYTES - 1);
  assertEquals(sent.length, 1);
  await clock.advance(ACK_WAIT_MS);
  assertEquals(sent, [ACK_NOW_BYTES, 2 * ACK_NOW_BYTES - 1]);
});

Deno.test("a disposed pacer sends nothing and leaves no timer", async () => {
  const clock = new FakeClock();
  const sent: number[] = [];
  const pacer = new AckPacer((seq) => void sent.push(seq), clock);
  pacer.push(1);
  pacer[Symbol.dispose]();
  await clock.advance(1_000);
  assertEquals([sent, clock.pending], [[], 0]);
});

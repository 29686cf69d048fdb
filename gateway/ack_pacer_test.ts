import { assertEquals } from "@std/assert";
import { FakeClock } from "../kit/testing/fake_clock.ts";
import { ACK_EVERY_MS, AckPacer } from "./ack_pacer.ts";

Deno.test("an acknowledgement after quiet leaves at once, of many only the latest", async () => {
  const clock = new FakeClock();
  const sent: number[] = [];
  using pacer = new AckPacer((seq) => void sent.push(seq), clock);
  pacer.push(1);
  assertEquals(sent, [1]);
  for (let seq = 2; seq <= 50; seq++) pacer.push(seq);
  assertEquals(sent, [1]);
  await clock.advance(ACK_EVERY_MS);
  assertEquals(sent, [1, 50]);
  await clock.advance(ACK_EVERY_MS);
  pacer.push(51);
  assertEquals(sent, [1, 50, 51]);
});

Deno.test("a disposed pacer sends nothing and leaves no timer", async () => {
  const clock = new FakeClock();
  const sent: number[] = [];
  const pacer = new AckPacer((seq) => void sent.push(seq), clock);
  pacer.push(1);
  pacer.push(2);
  pacer[Symbol.dispose]();
  await clock.advance(1_000);
  assertEquals([sent, clock.pending], [[1], 0]);
});

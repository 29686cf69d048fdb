import { assertEquals } from "@std/assert";
import { silentLog } from "@chatcode/kit";
import { FakeClock } from "../../../kit/testing/fake_clock.ts";
import { waitFor } from "../../../kit/testing/wait_for.ts";
import { openStore } from "../../kv/open.ts";
import { SENDER_RENEW_MS, SENDER_TTL_MS, SenderLease } from "./sender_lease.ts";

async function open() {
  const clock = new FakeClock();
  const store = await openStore({ kind: "memory" });
  const told: string[] = [];
  const start = (instance: string, isAlone = false) =>
    SenderLease.start(store, {
      instance,
      isAlone,
      clock,
      log: silentLog,
      onTaken: () => Promise.resolve(void told.push(`${instance} has it`)),
      onLost: () => void told.push(`${instance} lost it`),
    });
  return { clock, store, told, start, [Symbol.dispose]: () => store[Symbol.dispose]() };
}

Deno.test("[TG3] of several instances one sends; another one takes over when it is gone", async () => {
  using test = await open();
  const one = await test.start("one");
  await using two = await test.start("two");
  assertEquals([one.isHeld, two.isHeld], [true, false]);
  for (let at = 0; at < 5; at++) {
    await test.clock.advance(SENDER_RENEW_MS);
    await waitFor(() => one.isHeld, { what: "the renewal" });
  }
  assertEquals(two.isHeld, false);
  await one[Symbol.asyncDispose]();
  await waitFor(async () => {
    await test.clock.advance(SENDER_RENEW_MS);
    return two.isHeld;
  }, { what: "the other one" });
  assertEquals(test.told, ["one has it", "two has it"]);
});

Deno.test("[TG3] one that was killed is followed after its time; with a store of one's own at once", async () => {
  using test = await open();
  await test.store.set((await import("../../kv/keys.ts")).rows.telegramSender, {
    instance: "dead",
    expiresAtMs: test.clock.now() + SENDER_TTL_MS,
  });
  await using one = await test.start("one");
  assertEquals(one.isHeld, false);
  await using alone = await test.start("alone", true);
  assertEquals(alone.isHeld, true);
  await test.clock.advance(SENDER_TTL_MS + SENDER_RENEW_MS);
  assertEquals([one.isHeld && alone.isHeld], [false]);
});

Deno.test("[TG3] a store that does not answer takes the right away in time", async () => {
  const test = await open();
  await using lease = await test.start("one");
  test.store[Symbol.dispose]();
  await test.clock.advance(SENDER_TTL_MS);
  assertEquals(lease.isHeld, false);
});

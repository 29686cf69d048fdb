import { assertEquals } from "@std/assert";
import { silentLog } from "@chatcode/kit";
import { FakeClock } from "../../kit/testing/fake_clock.ts";
import { waitFor } from "../../kit/testing/wait_for.ts";
import type { PushDevice } from "./push_devices.ts";
import { MAX_PUSH_QUEUE, MAX_PUSH_SENDS, MAX_PUSH_TRIES, PushQueue } from "./push_queue.ts";
import type { Delivery, Parcel } from "./push_sender.ts";

const device = (n: number): PushDevice => ({
  endpoint: `https://push.example/${n}`,
  p256dh: "",
  auth: "",
  addedAtMs: 0,
  credential: "c",
});
const parcel = (payload: string, topic = "t"): Parcel => ({
  payload,
  topic,
  ttlSeconds: 1,
  urgency: "normal",
});

/** A queue whose sender answers when the test says so. */
function open() {
  const clock = new FakeClock();
  const sends: { payload: string; answer(delivery: Delivery): void }[] = [];
  const gone: string[] = [];
  const queue = new PushQueue({
    clock,
    log: silentLog,
    onGone: ({ endpoint }) => {
      gone.push(endpoint);
      return Promise.resolve();
    },
    sender: {
      send: (_device, { payload }, signal) =>
        new Promise((answer, reject) => {
          sends.push({ payload, answer });
          signal.addEventListener("abort", () => reject(signal.reason), { once: true });
        }),
    },
  });
  const sent = (count: number) => waitFor(() => sends.length === count, { what: `${count} sends` });
  return {
    queue,
    clock,
    sends,
    sent,
    gone,
    [Symbol.asyncDispose]: () => queue[Symbol.asyncDispose](),
  };
}

Deno.test("a newer message takes the place of one that waits, and never overtakes one on its way", async () => {
  await using test = open();
  test.queue.push(device(1), parcel("first"));
  test.queue.push(device(1), parcel("second"));
  test.queue.push(device(1), parcel("third"));
  test.queue.push(device(1), parcel("another topic", "u"));
  await test.sent(2);
  test.sends[0]!.answer({ state: "sent" });
  await test.sent(3);
  assertEquals(test.sends.map(({ payload }) => payload), ["first", "another topic", "third"]);
});

Deno.test("a few are sent at once, the rest waits in bounded memory", async () => {
  await using test = open();
  for (let n = 0; n < MAX_PUSH_SENDS + MAX_PUSH_QUEUE + 5; n++) {
    test.queue.push(device(n), parcel(String(n)));
  }
  assertEquals([test.sends.length, test.queue.size], [MAX_PUSH_SENDS, MAX_PUSH_QUEUE]);
  test.sends[0]!.answer({ state: "sent" });
  await test.sent(MAX_PUSH_SENDS + 1);
  assertEquals(test.sends.at(-1)!.payload, String(MAX_PUSH_SENDS + 5)); // the oldest were dropped
});

Deno.test("a push service that is away is tried again, not for ever, and not for an old message", async () => {
  await using test = open();
  test.queue.push(device(1), parcel("first"));
  for (let tries = 1; tries <= MAX_PUSH_TRIES; tries++) {
    await test.sent(tries);
    test.sends[tries - 1]!.answer({ state: "later", retryAfterMs: 0 });
    await test.clock.advance(60_000);
  }
  assertEquals([test.sends.length, test.clock.pending], [MAX_PUSH_TRIES, 0]);
  test.queue.push(device(1), parcel("second"));
  await test.sent(MAX_PUSH_TRIES + 1);
  test.queue.push(device(1), parcel("third"));
  test.sends[MAX_PUSH_TRIES]!.answer({ state: "later", retryAfterMs: 50_000 });
  await test.sent(MAX_PUSH_TRIES + 2);
  assertEquals(test.sends.at(-1)!.payload, "third");
});

Deno.test("a subscription that is gone is told of, and a closed queue sends nothing", async () => {
  const test = open();
  test.queue.push(device(1), parcel("first"));
  test.sends[0]!.answer({ state: "gone" });
  await waitFor(() => test.gone.length === 1, { what: "the subscription to be forgotten" });
  test.queue.push(device(2), parcel("second"));
  await test[Symbol.asyncDispose]();
  test.queue.push(device(3), parcel("third"));
  assertEquals([test.sends.length, test.queue.size], [2, 0]);
});

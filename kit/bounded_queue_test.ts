import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import fc from "fast-check";
import { BoundedQueue, type FullPolicy } from "./bounded_queue.ts";

function queueOf(full: FullPolicy, maxItems = 3, maxBytes = 10): BoundedQueue<string> {
  return new BoundedQueue({ full, maxItems, maxBytes, sizeOf: (text) => text.length });
}

Deno.test("refuse: a full queue keeps what it has", () => {
  const queue = queueOf("refuse");
  assertEquals(queue.push("aaaa"), { state: "queued", dropped: 0 });
  assertEquals(queue.push("bbbbb"), { state: "queued", dropped: 0 });
  assertEquals(queue.push("cc"), { state: "full" }, "bytes");
  assertEquals(queue.push("c"), { state: "queued", dropped: 0 });
  assertEquals(queue.push(""), { state: "full" }, "items");
  assertEquals([queue.items, queue.bytes, queue.dropped], [3, 10, 0]);
  assertEquals([queue.shift(), queue.peek(), queue.shift(), queue.shift(), queue.shift()], [
    "aaaa",
    "bbbbb",
    "bbbbb",
    "c",
    undefined,
  ]);
});

Deno.test("drop-oldest: a full queue makes room and counts it", () => {
  const queue = queueOf("drop-oldest");
  for (const text of ["aaaa", "bbbb", "cc"]) queue.push(text);
  assertEquals(queue.push("ddddd"), { state: "queued", dropped: 2 });
  assertEquals([queue.items, queue.bytes, queue.dropped], [2, 7, 2]);
  assertEquals(queue.peek(), "cc");
});

Deno.test("an item larger than the queue is refused and costs nobody a place", () => {
  for (const full of ["refuse", "drop-oldest"] as const) {
    const queue = queueOf(full);
    queue.push("a");
    assertEquals(queue.push("x".repeat(11)), { state: "full" });
    assertEquals(queue.items, 1);
  }
});

Deno.test("a bound that is no bound is refused", () => {
  for (const bound of [0, -1, NaN]) {
    assertThrows(() => queueOf("refuse", bound), RangeError, "Cannot bound a queue");
  }
});

Deno.test("any run of pushes and shifts keeps order and bounds", () => {
  fc.assert(fc.property(
    fc.constantFrom<FullPolicy>("refuse", "drop-oldest"),
    fc.array(fc.oneof(fc.nat(12), fc.constant("shift" as const)), { maxLength: 200 }),
    (full, steps) => {
      const queue = new BoundedQueue<{ id: number; size: number }>({
        full,
        maxItems: 4,
        maxBytes: 10,
        sizeOf: (item) => item.size,
      });
      let model: { id: number; size: number }[] = [];
      steps.forEach((step, id) => {
        if (step === "shift") {
          assertEquals(queue.shift(), model.shift());
        } else {
          const result = queue.push({ id, size: step });
          if (result.state === "queued") {
            model = [...model.slice(result.dropped), { id, size: step }];
          }
        }
        assertEquals(queue.items, model.length);
        assertEquals(queue.bytes, model.reduce((sum, item) => sum + item.size, 0));
        assert(queue.items <= 4 && queue.bytes <= 10);
      });
    },
  ));
});

Deno.test("take() waits for an item, and serves takers in turn", async () => {
  const queue = queueOf("refuse");
  const { signal } = new AbortController();
  const taken = Promise.all([queue.take(signal), queue.take(signal)]);
  queue.push("first");
  queue.push("next");
  assertEquals(await taken, ["first", "next"]);
  assertEquals(queue.items, 0);
});

Deno.test("take() ends with the signal's reason, and the next in line is served", async () => {
  const queue = queueOf("refuse");
  const abort = new AbortController();
  const aborted = queue.take(abort.signal);
  const patient = queue.take(new AbortController().signal);
  queue.push("a");
  abort.abort(new Error("stopped"));
  await assertRejects(() => aborted, Error, "stopped");
  assertEquals(await patient, "a");
});

Deno.test("clear() empties", () => {
  const queue = queueOf("refuse");
  queue.push("a");
  queue.clear();
  assertEquals([queue.items, queue.bytes, queue.peek()], [0, 0, undefined]);
});

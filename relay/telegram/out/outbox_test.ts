import { assertEquals } from "@std/assert";
import { silentLog } from "@chatcode/kit";
import { hostId, sessionId } from "@chatcode/protocol";
import { FakeClock } from "../../../kit/testing/fake_clock.ts";
import { openStore } from "../../kv/open.ts";
import type { NewItem } from "./item.ts";
import { MAX_WAITING_ITEMS, Outbox } from "./outbox.ts";
import { joinParts, MAX_PARTS, PART_UNITS, partsOf } from "./parts.ts";

const about = { host: hostId.parse("h_1"), session: sessionId.parse("s_1") };

async function open() {
  const clock = new FakeClock();
  const store = await openStore({ kind: "memory" });
  const outbox = async (instance = "i-1") => {
    const opened = new Outbox({ store, clock, log: silentLog, instance });
    await opened.load({ own: true });
    return opened;
  };
  return { clock, store, outbox, [Symbol.dispose]: () => store[Symbol.dispose]() };
}

function text(group: string, words = group): NewItem {
  const body = { type: "text" as const, text: words, entities: [], buttons: [] };
  return { chat: 1, about, priority: "final", kind: "done", group, body, sound: true };
}

const mark = (key: string) => ({ chat: 1, source: "h_1", key });

Deno.test("[TG3] killed at any point: queued stays, what was being sent is listed, once", async () => {
  using test = await open();
  const first = await test.outbox();
  for (const key of ["a", "b", "c", "d"]) {
    assertEquals(await first.add(mark(key), [text(key)]), "added");
  }
  assertEquals(await first.add(mark("a"), [text("a")]), "known");
  const [a, b, c] = first.waiting(1);
  await first.begin([a!], 5);
  await first.settle([a!]); // sent and marked
  await first.begin([b!], 5); // sent, perhaps
  await first.begin([c!], 5);
  await first.retry([c!]); // refused
  const second = await test.outbox("i-2");
  const left = second.waiting(1);
  assertEquals(left.map(({ group, doubt }) => [group, doubt?.after]), [
    ["b", 5],
    ["c", undefined],
    ["d", undefined],
  ]);
  assertEquals(await second.add(mark("b"), [text("b")]), "known");
  await second.lost([left[0]!], { outcome: "unknown", why: "nobody knows" });
  const third = await test.outbox("i-3");
  assertEquals(third.waiting(1).map(({ group }) => group), ["c", "d"]);
  assertEquals((await third.missing()).map(({ group, outcome }) => [group, outcome]), [
    ["b", "unknown"],
  ]);
});

Deno.test("[TG3] of two instances one gets an item", async () => {
  using test = await open();
  const first = await test.outbox();
  await first.add(mark("a"), [text("a")]);
  const second = await test.outbox("i-2");
  assertEquals(await second.begin(second.waiting(1), null), true);
  assertEquals(await first.begin(first.waiting(1), 5), false);
  assertEquals(first.waiting(1), []);
  await second.retry(second.waiting(1));
  await first.load({ own: false });
  assertEquals(first.waiting(1).length, 1);
});

Deno.test("[TG3] the order is that of adding, whatever the clock does", async () => {
  using test = await open();
  const outbox = await test.outbox();
  const ids = Array.from({ length: 100 }, () => outbox.nextId());
  await test.clock.advance(1);
  ids.push(outbox.nextId());
  assertEquals(ids, [...new Set(ids)].sort());
});

Deno.test("[TG3] a big document comes back whole, and nothing of it stays", async () => {
  using test = await open();
  const outbox = await test.outbox();
  const content = "é𝄞x".repeat(40_000);
  const body = { type: "document" as const, text: "", entities: [], name: "a.md", content };
  await outbox.add(mark("a"), [{ ...text("a"), body }]);
  await outbox.move(1, 2);
  const again = await test.outbox("i-2");
  const [item] = again.waiting(2);
  assertEquals((await again.read(item!))?.content, content);
  await again.begin([item!], 5);
  await again.settle([item!]);
  const left = await Array.fromAsync(test.store.list(
    {
      prefix: ["telegram_item_part"],
      schema: { safeParse: (data: unknown) => ({ success: true, data }) } as never,
    },
    { limit: 100 },
  ));
  assertEquals(left, []);
  assertEquals(joinParts(partsOf("")), "");
  assertEquals(partsOf("x".repeat(PART_UNITS * MAX_PARTS)).length, MAX_PARTS);
});

Deno.test("[TG3] a chat's outbox has a bound, and says when it is reached", async () => {
  using test = await open();
  const outbox = await test.outbox();
  const many = Array.from({ length: 100 }, (_, at) => text(`${at}`));
  for (let at = 0; at < MAX_WAITING_ITEMS; at += many.length) {
    assertEquals(await outbox.add(mark(`m${at}`), many), "added");
  }
  assertEquals(await outbox.add(mark("more"), [text("more")]), "full");
  assertEquals(await outbox.add(mark("note"), [text("note")], { beyondBound: true }), "added");
  await outbox.clear(1);
  assertEquals(outbox.chats(), []);
});

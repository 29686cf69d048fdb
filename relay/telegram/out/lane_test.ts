import { assertEquals } from "@std/assert";
import { silentLog } from "@chatcode/kit";
import { hostId, sessionId } from "@chatcode/protocol";
import { FakeClock } from "../../../kit/testing/fake_clock.ts";
import { waitFor } from "../../../kit/testing/wait_for.ts";
import { openStore } from "../../kv/open.ts";
import { Budget } from "./budget.ts";
import type { NewItem, WaitingItem } from "./item.ts";
import { Lane, MAX_FAILURES, MAX_JOBS, type Priority } from "./lane.ts";
import { Outbox } from "./outbox.ts";

const host = hostId.parse("h_1");

async function open(send?: (items: readonly WaitingItem[]) => Promise<void>) {
  const clock = new FakeClock();
  const store = await openStore({ kind: "memory" });
  const outbox = new Outbox({ store, clock, log: silentLog, instance: "i" });
  await outbox.load({ own: true });
  const sent: string[] = [];
  let isOpen = true;
  const lane = new Lane(1, {
    budget: new Budget(clock),
    outbox,
    clock,
    log: silentLog,
    isOpen: () => isOpen,
    send: send ?? (async (items) => {
      sent.push(items.map(({ group }) => group).join("+"));
      await outbox.settle(items);
    }),
    expire: async (items) => {
      sent.push(...items.map(({ group }) => `${group} dropped`));
      await outbox.settle(items);
    },
  });
  const add = async (group: string, session: string, priority: NewItem["priority"] = "final") => {
    const about = { host, session: sessionId.parse(session) };
    const body = { type: "text" as const, text: group, entities: [], buttons: [] };
    const mark = { chat: 1, source: "h_1", key: group };
    const item = { chat: 1, about, priority, kind: "done" as const, group, body, sound: true };
    await outbox.add(mark, [item]);
    lane.wake();
  };
  const put = (key: string, priority: Priority, afterMs = 0) =>
    lane.put(key, {
      priority,
      readyAtMs: clock.now() + afterMs,
      run: () => Promise.resolve(void sent.push(key)),
    });
  return {
    clock,
    lane,
    sent,
    add,
    put,
    close: (closed: boolean) => isOpen = !closed,
    async until(count: number) {
      await waitFor(async () => {
        await clock.advance(500);
        return sent.length >= count;
      }, { what: `${count} messages, of ${sent}` });
    },
    async [Symbol.asyncDispose]() {
      await lane[Symbol.asyncDispose]();
      store[Symbol.dispose]();
    },
  };
}

Deno.test("[TG3] approvals and replies first, then answers, files, decoration; a session in order", async () => {
  await using test = await open();
  test.close(true);
  await test.add("a1", "s_a");
  await test.add("a2", "s_a", "file");
  await test.add("a3", "s_a");
  await test.add("b1", "s_b", "file");
  await test.add("c1", "s_c");
  await test.add("p1", "s_a", "approval");
  test.put("typing", "typing");
  test.put("progress", "progress");
  test.put("reply", "reply");
  test.close(false);
  await test.until(9);
  assertEquals(test.sent, [
    ...["reply", "p1", "a1", "c1", "a2", "a3", "b1", "progress", "typing"],
  ]);
});

Deno.test("[TG3] what is new before what has waited, and what has waited in one", async () => {
  await using test = await open();
  test.close(true);
  for (const group of ["a1", "a2", "a3"]) await test.add(group, "s_a");
  await test.add("b1", "s_b");
  await test.clock.advance(61_000);
  await test.add("c1", "s_c");
  await test.add("a4", "s_a");
  test.close(false);
  await test.until(4);
  assertEquals(test.sent, ["c1", "a1+a2+a3", "a4", "b1"]);
});

Deno.test("[TG3] a job takes its earlier one's place, and waits for its time; decoration can go", async () => {
  await using test = await open();
  test.put("x", "progress", 5_000);
  test.put("x", "progress", 8_000);
  test.put("y", "progress", 2_000);
  await test.until(2);
  assertEquals(test.sent, ["y", "x"]);
  test.close(true);
  for (let at = 0; at < MAX_JOBS; at++) test.put(`d${at}`, "progress");
  assertEquals(test.put("reply", "reply"), true);
  test.lane.dropCosmetic();
  for (let at = 1; at < MAX_JOBS; at++) test.put(`r${at}`, "reply");
  assertEquals(test.put("more", "reply"), false);
});

Deno.test("[TG3] a message that cannot be sent stands in the way of no other for ever", async () => {
  let tries = 0;
  await using test = await open(() => {
    tries += 1;
    return Promise.reject(new Error("a mistake of ours"));
  });
  await test.add("a1", "s_a");
  await test.until(1);
  assertEquals([test.sent, tries], [["a1 dropped"], MAX_FAILURES]);
});

Deno.test("[TG3] what waited for a day is not sent any more", async () => {
  await using test = await open();
  test.close(true);
  await test.add("a1", "s_a");
  await test.clock.advance(24 * 3600_000 + 1);
  await test.add("a2", "s_a");
  test.close(false);
  await test.until(2);
  assertEquals(test.sent, ["a1 dropped", "a2"]);
});

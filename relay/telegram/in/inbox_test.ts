import { assert, assertEquals } from "@std/assert";
import { silentLog } from "@chatcode/kit";
import { FakeClock } from "../../../kit/testing/fake_clock.ts";
import { waitFor } from "../../../kit/testing/wait_for.ts";
import { prefixes, rows } from "../../kv/keys.ts";
import { openStore } from "../../kv/open.ts";
import { ADA, pressed, said, textOf } from "../testing/incoming.ts";
import {
  GATHER_MS,
  Inbox,
  MAX_LANE_UPDATES,
  MAX_UPDATE_WORK_TRIES,
  UPDATE_KEPT_MS,
} from "./inbox.ts";
import type { Incoming } from "./incoming.ts";

const BOT = 1234;

async function open() {
  const store = await openStore({ kind: "memory" });
  const clock = new FakeClock();
  const worked: string[][] = [];
  const givenUp: string[] = [];
  let gate: Promise<void> = Promise.resolve();
  let failures = 0;
  const inboxes: Inbox[] = [];
  const lab = {
    store,
    clock,
    worked,
    givenUp,
    /** Works that were told that they had begun before. */
    again: 0,
    /** Each work waits for what this returns. */
    hold() {
      const { promise, resolve } = Promise.withResolvers<void>();
      gate = promise;
      return resolve;
    },
    failNext(times: number) {
      failures = times;
    },
    async start() {
      const inbox = await Inbox.open({
        store,
        clock,
        log: silentLog,
        botId: BOT,
        giveUp(incoming) {
          givenUp.push(textOf(incoming));
          return Promise.resolve();
        },
        async work(updates: readonly Incoming[], { signal, isAgain }) {
          if (isAgain) lab.again += 1;
          worked.push(updates.map(textOf));
          const { promise: aborted, reject } = Promise.withResolvers<never>();
          signal.addEventListener("abort", () => reject(signal.reason), { once: true });
          await Promise.race([gate, aborted]);
          if (failures-- > 0) throw new Error("as told");
        },
      });
      inboxes.push(inbox);
      return inbox;
    },
    async stored() {
      const listing = store.list(prefixes.telegramUpdates(BOT), { limit: 100 });
      return (await Array.fromAsync(listing)).map(({ value }) => value.incoming.update);
    },
    async [Symbol.asyncDispose]() {
      for (const inbox of inboxes) await inbox[Symbol.asyncDispose]();
      store[Symbol.dispose]();
    },
  };
  return lab;
}

Deno.test("an update is worked on once, however often it comes, and forgotten then", async () => {
  await using lab = await open();
  const inbox = await lab.start();
  const takings = await Promise.all([1, 2, 3].map(() => inbox.take(said(1, "hello"))));
  assertEquals(takings.toSorted(), ["known", "known", "taken"]);
  await inbox.settled();
  assertEquals(await inbox.take(said(1, "hello")), "known");
  assertEquals([lab.worked, await lab.stored()], [[["hello"]], []]);
  assert(await lab.store.get(rows.telegramClaim(BOT, 1)));
});

Deno.test("one topic's messages are worked on in order, another's and buttons meanwhile", async () => {
  await using lab = await open();
  const inbox = await lab.start();
  const release = lab.hold();
  await inbox.take(said(1, "first"));
  await inbox.take(said(2, "second"));
  await inbox.take(said(3, "elsewhere", { thread: 5 }));
  await inbox.take(pressed(4, "a:1:y"));
  await waitFor(() => lab.worked.length === 3, { what: "what need not wait" });
  assertEquals(lab.worked.flat().toSorted(), ["elsewhere", "first", "press"]);
  release();
  await inbox.settled();
  assertEquals(lab.worked.at(-1), ["second"]);
});

Deno.test("what a relay left undone, the next one does", async () => {
  await using lab = await open();
  const inbox = await lab.start();
  lab.hold();
  await inbox.take(said(9, "begun"));
  await inbox.take(said(10, "waiting"));
  await waitFor(() => lab.worked.length === 1, { what: "the first" });
  await inbox[Symbol.asyncDispose]();
  assertEquals([lab.worked, await lab.stored()], [[["begun"]], [9, 10]]);
  assertEquals(await inbox.take(said(11, "too late")), "full");
  lab.hold()();
  const next = await lab.start();
  await next.settled();
  assertEquals(lab.worked.slice(1), [["begun"], ["waiting"]]);
  assertEquals(await lab.stored(), []);
});

Deno.test("work that fails is tried again, and given up in the end", async () => {
  await using lab = await open();
  const inbox = await lab.start();
  lab.failNext(1);
  await inbox.take(said(1, "shaky"));
  await waitFor(() => lab.clock.pending > 0, { what: "the wait" });
  await lab.clock.advance(60_000);
  await inbox.settled();
  assertEquals(lab.worked, [["shaky"], ["shaky"]]);
  lab.failNext(1_000);
  await inbox.take(said(2, "poison"));
  await inbox.take(said(3, "after it"));
  for (let tries = 1; tries < MAX_UPDATE_WORK_TRIES; tries++) {
    await waitFor(() => lab.clock.pending > 0, { what: "the wait" });
    lab.failNext(MAX_UPDATE_WORK_TRIES - tries);
    await lab.clock.advance(lab.clock.nextMs ?? 0);
  }
  await inbox.settled();
  assertEquals(lab.worked.slice(2), [["poison"], ["poison"], ["poison"], ["after it"]]);
  assertEquals(lab.givenUp, ["poison"]);
  assertEquals(await lab.stored(), []);
});

Deno.test("an update on which relays die is not tried for ever", async () => {
  await using lab = await open();
  const row = rows.telegramUpdate(BOT, 1);
  const dead = { incoming: said(1, "deadly"), tries: MAX_UPDATE_WORK_TRIES };
  await lab.store.set(row, dead, { expireInMs: UPDATE_KEPT_MS });
  const inbox = await lab.start();
  await inbox.settled();
  assertEquals([lab.worked, lab.givenUp, await lab.stored()], [[], ["deadly"], []]);
});

Deno.test("a relay that is stopped in the middle of the work has not died of it", async () => {
  await using lab = await open();
  const inbox = await lab.start();
  const release = lab.hold();
  await inbox.take(said(1, "long"));
  let next = inbox;
  for (let stops = 1; stops <= MAX_UPDATE_WORK_TRIES + 1; stops++) {
    await waitFor(() => lab.worked.length === stops, { what: "the work" });
    await next[Symbol.asyncDispose]();
    next = await lab.start();
  }
  release();
  await next.settled();
  assertEquals([lab.givenUp, lab.again, await lab.stored()], [[], 4, []]);
});

Deno.test("an album is one piece of work, with all captions, when no more of it comes", async () => {
  await using lab = await open();
  const inbox = await lab.start();
  const part = (update: number, text: string) => said(update, text, { album: "g" });
  await inbox.take(part(1, "one"));
  await inbox.take(said(2, "after the album"));
  await waitFor(() => lab.clock.pending > 0, { what: "the wait" });
  await lab.clock.advance(GATHER_MS - 1);
  await inbox.take(part(3, ""));
  await lab.clock.advance(1);
  await inbox.take(part(4, "three"));
  assertEquals(lab.worked, []);
  await lab.clock.advance(2 * GATHER_MS);
  await inbox.settled();
  assertEquals(lab.worked, [["one", "", "three"], ["after the album"]]);
  assertEquals(await lab.stored(), []);
});

Deno.test("a text that an app cut in pieces is one piece of work", async () => {
  await using lab = await open();
  const inbox = await lab.start();
  const long = "x".repeat(4_090);
  await inbox.take(said(1, long));
  await inbox.take(said(2, "the rest"));
  await inbox.take(said(3, "something else"));
  await waitFor(() => lab.clock.pending > 0, { what: "the wait" });
  await lab.clock.advance(GATHER_MS);
  await inbox.settled();
  assertEquals(lab.worked, [[long, "the rest"], ["something else"]]);
  await inbox.take(said(4, long));
  await inbox.take(said(5, "somebody else's", { from: { ...ADA, id: 8 } }));
  await waitFor(() => lab.clock.pending > 0, { what: "the wait" });
  await lab.clock.advance(GATHER_MS);
  await inbox.settled();
  assertEquals(lab.worked.slice(2), [[long], ["somebody else's"]]);
});

Deno.test("a change to what still waits takes its place; one that is late is work of its own", async () => {
  await using lab = await open();
  const inbox = await lab.start();
  const release = lab.hold();
  await inbox.take(said(1, "busy"));
  await inbox.take(said(2, "wrng"));
  await inbox.take(said(3, "right", { message: 2, edited: true }));
  release();
  await inbox.settled();
  assertEquals(lab.worked, [["busy"], ["right"]]);
  await inbox.take(said(4, "too late", { message: 2, edited: true }));
  await inbox.settled();
  assertEquals(lab.worked.at(-1), ["too late"]);
  assertEquals(await lab.stored(), []);
});

Deno.test("a full lane takes no more until there is room, and says so", async () => {
  await using lab = await open();
  const inbox = await lab.start();
  const release = lab.hold();
  for (let update = 0; update <= MAX_LANE_UPDATES; update++) {
    assertEquals(await inbox.take(said(update, "x")), "taken");
  }
  assertEquals(await inbox.take(said(500, "one too many")), "full");
  assertEquals(await inbox.take(said(501, "elsewhere", { thread: 2 })), "taken");
  release();
  await inbox.settled();
  assertEquals(await inbox.take(said(500, "again")), "taken");
  await inbox.settled();
  assertEquals(lab.worked.at(-1), ["again"]);
});

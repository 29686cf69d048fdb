import { assertEquals } from "@std/assert";
import { hostId, sessionId } from "@chatcode/protocol";
import { FakeClock } from "../../kit/testing/fake_clock.ts";
import { type AccountId, accountId, rows } from "../kv/keys.ts";
import { openStore } from "../kv/open.ts";
import { Chats } from "./chats.ts";

const alice = accountId.parse(`acc_${"a".repeat(22)}`);
const bob = accountId.parse(`acc_${"b".repeat(22)}`);
const host = hostId.parse("h_1");
const session = sessionId.parse("s_1");

async function open() {
  const clock = new FakeClock();
  const store = await openStore({ kind: "memory" });
  const chats = new Chats(store, clock);
  const link = async (account: AccountId, user: number) =>
    (await chats.link({ account, user, name: `user ${user}`, topics: true })).state;
  return { clock, store, chats, link, [Symbol.dispose]: () => store[Symbol.dispose]() };
}

Deno.test("[TG1] a link is between one account and one Telegram user", async () => {
  using test = await open();
  const { chats, link } = test;
  assertEquals(await link(alice, 1), "linked");
  assertEquals(await link(alice, 1), "linked");
  assertEquals(await link(alice, 2), "account_taken");
  assertEquals(await link(bob, 1), "user_taken");
  assertEquals(await link(bob, 2), "linked");
  assertEquals((await chats.linkOf(1))?.account, alice);
  assertEquals((await chats.linkOf(2))?.home, 2);
  assertEquals(await chats.linkOf(3), null);
  assertEquals((await chats.links()).map(({ user }) => user), [1, 2]);
});

Deno.test("[TG1] unlinking forgets the chats and their topics", async () => {
  using test = await open();
  const { chats, link, store } = test;
  await link(alice, 1);
  await link(bob, 2);
  await chats.addGroup({ id: -5, account: alice, title: "group", topics: true });
  const topic = { host, session, state: "open", thread: 7, name: "x", tries: 0, atMs: 1 } as const;
  await store.set(rows.telegramTopic(-5, host, session), topic);
  await store.set(rows.telegramThread(-5, 7), { host, session });
  assertEquals(await chats.sessionIn(-5, 7), { host, session });
  const card = {
    ...{ id: "c_1", account: alice, chat: -5, host, session, approval: "p", verdicts: [] },
    ...{ message: 1, text: "rm -rf", entities: [], outcome: null, askedAtMs: 1 },
  };
  await store.set(rows.telegramCard("c_1"), card);
  assertEquals((await chats.unlink(alice))?.user, 1);
  assertEquals(await chats.unlink(alice), null);
  assertEquals(await chats.linkOf(1), null);
  assertEquals((await chats.chats()).map(({ id }) => id), [2]);
  assertEquals(await chats.topicsIn(-5), []);
  assertEquals(await chats.sessionIn(-5, 7), null);
  assertEquals(await store.get(rows.telegramCard("c_1")), null);
  assertEquals(await link(bob, 2), "linked");
});

Deno.test("[TG2] a group becomes home, and the private chat again when it is gone", async () => {
  using test = await open();
  const { chats, link } = test;
  await link(alice, 1);
  await link(bob, 2);
  assertEquals(await chats.addGroup({ id: -5, account: alice, title: "g", topics: true }), true);
  assertEquals(await chats.addGroup({ id: -5, account: bob, title: "g", topics: true }), false);
  assertEquals(await chats.setHome(bob, -5), false);
  assertEquals(await chats.setHome(alice, -5), true);
  assertEquals((await chats.linkOf(1))?.home, -5);
  await chats.migrate(-5, -100);
  assertEquals([(await chats.linkOf(1))?.home, await chats.chat(-5)], [-100, null]);
  assertEquals(await chats.removeGroup(bob, -100), false);
  assertEquals(await chats.removeGroup(alice, -100), true);
  assertEquals((await chats.linkOf(1))?.home, 1);
});

Deno.test("[TG2] a suspended chat says since when and why, until it is back", async () => {
  using test = await open();
  const { chats, clock, link } = test;
  await link(alice, 1);
  let told = 0;
  using _listening = chats.listen(() => void told++);
  await chats.suspend(1, "bot was blocked by the user");
  const atMs = clock.now();
  await clock.advance(5_000);
  await chats.suspend(1, "again");
  assertEquals((await chats.chat(1))?.suspended, { atMs, why: "bot was blocked by the user" });
  await chats.resume(1);
  await chats.setTopics(1, false);
  assertEquals([(await chats.chat(1))?.suspended, (await chats.chat(1))?.topics], [null, false]);
  await chats.suspend(99, "not ours");
  assertEquals([await chats.chat(99), told], [null, 5]);
});

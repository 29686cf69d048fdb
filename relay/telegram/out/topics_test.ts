import { assertEquals, assertStringIncludes } from "@std/assert";
import { sessionId } from "@chatcode/protocol";
import { rows } from "../../kv/keys.ts";
import { GROUP, laptop, one, openOut, two, USER } from "../testing/open_out.ts";
import { RENAME_HOLD_MS } from "./delivery.ts";
import { TOPIC_RETRY_MS } from "./topics.ts";

Deno.test("[TG2] nothing is made or renamed in bulk at a start", async () => {
  await using test = await openOut();
  test.online();
  await test.final(one, "x");
  await test.until(() => test.server.messages.length === 1, "a message");
  await test.restart();
  test.online();
  test.roster.session(laptop, {
    host: laptop,
    ended: false,
    session: { ...test.roster.sessionOf(laptop, two)!, title: "Fresh" },
  });
  await test.pass(RENAME_HOLD_MS + 5_000);
  assertEquals(test.server.asked.map(({ method }) => method), ["createForumTopic", "sendMessage"]);
});

Deno.test("[TG2] a topic follows its session's name when it stands still, and only then", async () => {
  await using test = await openOut();
  test.online();
  await test.final(one, "x");
  await test.until(() => test.server.messages.length === 1, "a message");
  for (let at = 0; at < 8; at++) {
    test.session(one, { title: `Name ${at}` });
    await test.pass(10_000);
  }
  assertEquals(test.server.calls("editForumTopic"), 0);
  await test.until(() => test.server.calls("editForumTopic") === 1, "the new name");
  assertEquals([...test.server.topics.values()].map(({ name }) => name), ["Name 7"]);
  test.session(one, { title: "Other" });
  test.session(one, { title: "Name 7" });
  await test.pass(RENAME_HOLD_MS + 5_000);
  assertEquals(test.server.calls("editForumTopic"), 1);
});

Deno.test("[TG2] a lost answer makes no second topic: it is looked for", async () => {
  await using test = await openOut();
  test.online();
  await test.final(one, "a");
  await test.until(() => test.server.messages.length === 1, "the first");
  for (const [fault, title] of [["lost-after", "There"], ["lost-before", "Not there"]] as const) {
    test.server.fault("createForumTopic", fault);
    const session = sessionId.parse(`s_${fault}`);
    test.session(session, { title });
    await test.final(session, "b");
    await test.until(() => test.server.texts(USER).includes("b"), title);
    assertEquals([...test.server.topics.values()].filter(({ name }) => name === title).length, 1);
    const message = test.server.messages.pop()!;
    assertEquals(message.thread, await test.thread(session));
  }
});

Deno.test("[TG2] where that cannot be told, only one topic ever gets messages", async () => {
  await using test = await openOut();
  test.online();
  test.server.fault("createForumTopic", "lost-after");
  await test.final(one, "a");
  await test.final(one, "b");
  await test.until(() => test.server.messages.length === 2, "both");
  assertEquals(test.server.topics.size, 2);
  assertEquals(new Set(test.server.messages.map(({ thread }) => thread)).size, 1);
  assertEquals(test.server.messages[0]!.thread, await test.thread(one));
});

Deno.test("[TG2] a topic that was made before a kill is adopted when it is seen", async () => {
  await using test = await openOut();
  const row = rows.telegramTopic(USER, laptop, one);
  const name = "Fix the tests";
  const atMs = test.clock.now();
  const asked = {
    host: laptop,
    session: one,
    state: "creating",
    thread: null,
    name,
    tries: 1,
    atMs,
  } as const;
  await test.store.set(row, asked);
  test.server.topics.set(`${USER} 55`, { name, closed: false });
  assertEquals(await test.out.topics.adopt(USER, 55, "another"), null);
  assertEquals(await test.out.topics.adopt(USER, 55, name), { host: laptop, session: one });
  assertEquals(await test.out.topics.adopt(USER, 56, name), null);
  test.online();
  await test.final(one, "a");
  await test.until(() => test.server.messages.length === 1, "a message");
  assertEquals(test.server.messages[0]!.thread, 55);
});

Deno.test("[TG2] a deleted topic is made anew once; then messages carry the session's name", async () => {
  await using test = await openOut();
  test.online();
  await test.final(one, "a");
  await test.until(() => test.server.messages.length === 1, "the first");
  const first = await test.thread(one);
  test.server.topics.clear();
  await test.final(one, "b");
  await test.until(() => test.server.messages.length === 2, "the second");
  const second = await test.thread(one);
  assertEquals(test.server.messages[1]!.thread, second);
  assertEquals(first === second, false);
  assertEquals(await test.chats.sessionIn(USER, first!), null);
  test.server.topics.clear();
  await test.final(one, "c");
  await test.until(() => test.server.messages.length === 3, "the third");
  const [, , third] = test.server.messages;
  assertEquals([third!.thread, third!.text], [undefined, "Fix the tests\nc"]);
  await test.clock.advance(TOPIC_RETRY_MS);
  await test.final(one, "d");
  await test.until(() => test.server.messages.length === 4, "the fourth");
  assertEquals(test.server.messages[3]!.thread, await test.thread(one));
});

Deno.test("[TG2] without threaded mode, and where topics are refused, the chat itself is used", async () => {
  await using test = await openOut({ topics: false });
  test.online();
  await test.final(one, "a");
  await test.until(() => test.server.messages.length === 1, "a message");
  assertEquals(test.server.texts(USER), ["Fix the tests\na"]);
  assertEquals(test.server.calls("createForumTopic"), 0);
  await test.chats.setTopics(USER, true);
  test.server.fault("createForumTopic", {
    error: 400,
    description: "Bad Request: the chat is not a forum",
  });
  await test.final(two, "b");
  await test.until(() => test.server.messages.length === 2, "a message");
  assertEquals(test.server.texts(USER).at(-1), "Write the docs\nb");
  assertEquals((await test.chats.chat(USER))?.topics, false);
});

Deno.test("[TG2] in a group: 20 calls a minute, topics closed with their session and opened again", async () => {
  await using test = await openOut();
  await test.chats.addGroup({ id: GROUP, account: test.owner.id, title: "g", topics: true });
  await test.chats.setHome(test.owner.id, GROUP);
  await test.pass(5_000);
  test.online();
  for (let at = 0; at < 40; at++) {
    await test.final(at % 2 ? one : two, `${at}`);
    void test.turn(at % 2 ? one : two, { kind: "tool" });
  }
  const numbers = () => test.server.texts(GROUP).flatMap((text) => text.match(/^\d+$/gm) ?? []);
  await test.until(() => numbers().length === 40, "all");
  const ends = test.server.asked.map(({ atMs }) => atMs);
  for (let at = 20; at < ends.length; at++) {
    assertEquals(ends[at]! - ends[at - 20]! >= 60_000, true, "20 a minute");
  }
  for (const session of [one, two]) {
    const thread = await test.thread(session, GROUP);
    const texts = test.server.texts(GROUP, thread).flatMap((text) => text.match(/^\d+$/gm) ?? []);
    assertEquals(texts.map(Number), texts.map(Number).sort((a, b) => a - b));
  }
  test.sessionEnded(one);
  const topic = () => test.server.topics.get(`${GROUP} ${thread}`);
  const thread = await test.thread(one, GROUP);
  await test.until(() => topic()?.closed, "closed");
  test.server.fault("sendMessage", { error: 400, description: "Bad Request: TOPIC_CLOSED" });
  await test.final(one, "again");
  await test.until(() => test.server.texts(GROUP).includes("again"), "the last");
  assertEquals(topic()?.closed, false);
});

Deno.test("[TG2] a group that became a supergroup takes its messages along", async () => {
  await using test = await openOut();
  await test.chats.addGroup({ id: GROUP, account: test.owner.id, title: "g", topics: false });
  await test.chats.setHome(test.owner.id, GROUP);
  await test.pass(5_000);
  test.online();
  test.server.fault("sendMessage", {
    error: 400,
    description: "Bad Request: group chat was upgraded to a supergroup chat",
    parameters: { migrate_to_chat_id: -1001 },
  });
  await test.final(one, "a");
  await test.until(() => test.server.messages.length === 1, "a message");
  assertEquals([test.server.messages[0]!.chat], [-1001]);
  assertStringIncludes(test.server.messages[0]!.text, "a");
  assertEquals((await test.chats.linkOf(USER))?.home, -1001);
});

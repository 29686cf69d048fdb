import { assertEquals, assertRejects } from "@std/assert";
import { silentLog } from "@chatcode/kit";
import { Attention } from "../../attention.ts";
import { ConversationFeed } from "../../conversation_feed.ts";
import { Roster } from "../../roster.ts";
import { plain } from "../format/mod.ts";
import { laptop, one, openOut, two, USER } from "../testing/open_out.ts";
import { SENDER_TTL_MS } from "./sender_lease.ts";
import { TelegramOut } from "./telegram_out.ts";

type Test = Awaited<ReturnType<typeof openOut>>;

/** Another instance of the relay on the same store. */
async function another(test: Test, { isAlone = false } = {}) {
  const { auth, chats, clock, server, settings, store } = test;
  const roster = new Roster(clock);
  roster.register(laptop, "laptop");
  const conversations = new ConversationFeed();
  const out = await TelegramOut.start({
    api: server.api,
    store,
    chats,
    settings,
    accounts: auth.accounts,
    roster,
    conversations,
    attention: new Attention(),
    publicUrl: new URL("https://code.example.org/"),
    instance: "another",
    isAlone,
    clock,
    log: silentLog,
  });
  const final = (text: string, id: string) =>
    conversations.tell({
      event: "turn",
      host: laptop,
      payload: {
        host: laptop,
        session: two,
        agent: "claude",
        conversation: "c",
        turn: { kind: "final", id, rev: 0, atMs: clock.now(), text },
      },
    });
  return { out, final };
}

Deno.test("[TG3] what another instance is told is kept, and sent when that one sends", async () => {
  await using test = await openOut();
  const { out, final } = await another(test);
  assertEquals([test.out.isSender, out.isSender], [true, false]);
  await final("told elsewhere", "t1");
  await test.pass(3_000);
  assertEquals([test.server.messages.length, out.waiting(USER)], [0, 0]);
  const answering = out.call(
    USER,
    (raw, signal) => raw.sendMessage({ chat_id: USER, text: "hi" }, signal),
  );
  await test.until(() => test.server.messages.length === 1, "the answer");
  assertEquals((await answering).state, "done");
  await test.out[Symbol.asyncDispose]();
  await test.until(() => test.server.messages.length === 2, "the message", 2 * SENDER_TTL_MS);
  assertEquals([out.isSender, test.server.texts(USER)], [true, ["hi", "told elsewhere"]]);
  await out[Symbol.asyncDispose]();
});

Deno.test("[TG3] a posting is sent once, in the session's topic; a call waits its turn", async () => {
  await using test = await openOut();
  test.online();
  const posting = { chat: USER, about: { host: laptop, session: one }, text: plain("hello") };
  assertEquals(await test.out.post({ ...posting, key: "k1" }), "added");
  assertEquals(await test.out.post({ ...posting, key: "k1" }), "known");
  const pause = { retry_after: 2 };
  test.server.fault("setMessageReaction", {
    error: 429,
    description: "Too Many Requests",
    parameters: pause,
  });
  const reacting = test.out.call(USER, (raw, signal) =>
    raw.setMessageReaction({
      chat_id: USER,
      message_id: 1,
      reaction: [{ type: "emoji", emoji: "👀" }],
    }, signal));
  const typing = test.out.call(USER, (raw) => raw.getMe(), "typing");
  await test.until(() => test.server.messages.length === 1, "the posting");
  const outcome = await reacting;
  assertEquals((await typing).state, "later");
  assertEquals(outcome.state === "refused" && outcome.code, "other");
  assertEquals(test.server.calls("setMessageReaction"), 2);
  assertEquals(test.server.messages[0]!.thread, await test.thread(one));
  await test.chats.suspend(USER, "blocked");
  await test.pass(1_000);
  const refused = await test.out.call(USER, (raw) => raw.getMe());
  assertEquals(refused, { state: "shut", why: "blocked" });
});

Deno.test("[TG3] a call that waits when the relay stops is given up", async () => {
  await using test = await openOut();
  test.server.fault("getMe", {
    error: 429,
    description: "Too Many Requests",
    parameters: { retry_after: 600 },
  });
  const calling = test.out.call(USER, (raw) => raw.getMe());
  const rejected = assertRejects(() => calling, Error, "stops");
  await test.until(() => test.server.calls("getMe") === 1, "a try");
  await test.restart();
  await rejected;
});

Deno.test("[TG3] a call without a trace does not keep a lost message from being looked up", async () => {
  await using test = await openOut();
  test.online();
  await test.final(one, "first");
  await test.until(() => test.server.messages.length === 1, "the first");
  test.server.fault("getMe", "lost-after");
  const lost = test.out.call(USER, (raw) => raw.getMe());
  await test.until(() => test.server.calls("getMe") === 1, "the call");
  assertEquals((await lost).state, "unknown");
  test.server.fault("sendMessage", "lost-before");
  await test.final(one, "second");
  await test.until(() => test.server.messages.length === 2, "the second");
  assertEquals(await test.out.missing(), []);
});

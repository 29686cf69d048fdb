import { assertEquals, assertStringIncludes } from "@std/assert";
import { waitFor } from "../../../kit/testing/wait_for.ts";
import { type BotApi, type SeenChat, startBotApi } from "../bot_api/mod.ts";
import { openDelivery, sessionOf } from "./delivery_end.ts";
import { madeUp, wordsIn } from "./machine.ts";
import { fastClock } from "../fast_clock.ts";

const SPEED = 20;
const deadlineMs = 90_000;

async function open({ sessions = 2, inGroup = false, threaded = true } = {}) {
  await using stack = new AsyncDisposableStack();
  const clock = fastClock(SPEED, Date.now());
  const bot = stack.use(startBotApi({ clock, speed: SPEED, threaded }));
  const ada = bot.people.user();
  const direct = bot.people.privateChat(ada);
  const team = inGroup ? bot.people.group(ada, "Team") : undefined;
  if (team) bot.people.addBot(ada, team);
  const folder = await Deno.makeTempDir({ prefix: "cc-e2e-" });
  stack.defer(() => Deno.remove(folder, { recursive: true }));
  const start = () =>
    openDelivery({
      store: { kind: "dir", path: folder },
      token: bot.token,
      apiRoot: bot.apiRoot,
      user: ada.id,
      ...(team && { group: team.id }),
      sessions,
      clock,
    });
  let delivery = await start();
  stack.defer(() => delivery[Symbol.asyncDispose]());
  const running = stack.move();
  return {
    bot,
    ada,
    clock,
    chat: team ?? direct,
    get delivery() {
      return delivery;
    },
    async final(session: number, number: number, units = 0) {
      const made = madeUp(sessionOf(session), number, clock.now(), units);
      await delivery.tell(made.session, made.turn);
      return made;
    },
    tool: (session: number, id: string) =>
      void delivery.tell(sessionOf(session), {
        kind: "tool",
        id,
        rev: 0,
        atMs: clock.now(),
        name: "Bash",
        summary: `step ${id}`,
        state: "ok",
      }),
    async restart() {
      await delivery[Symbol.asyncDispose]();
      delivery = await start();
    },
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

/** The bot's texts in a chat, in one session's topic if a session is given. */
function texts(chat: SeenChat, session?: number): string[] {
  const topic = [...chat.topics.values()].findLast(({ name }) => name === `Session ${session}`);
  return chat.messages
    .filter((message) => !message.from && (session === undefined || message.topic === topic?.id))
    .map(({ text }) => text);
}

function numbers(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, at) => from + at);
}

function assertFair(bot: BotApi): void {
  assertEquals(bot.invalid, []);
  assertEquals(bot.rates.breaches, []);
}

Deno.test("[TG2] a topic that is deleted, in each of Telegram's ways: nothing is lost or elsewhere", async () => {
  await using test = await open();
  const { bot, chat } = test;
  for (const [at, heard] of (["message thread not found", "TOPIC_DELETED"] as const).entries()) {
    const session = at;
    await test.final(session, 1);
    await waitFor(() => texts(chat, session).length === 1, { what: "the first", deadlineMs });
    const topic = [...chat.topics.values()].find(({ name }) => name === `Session ${session}`)!;
    bot.people.deleteTopic(chat, topic, heard);
    const { word } = await test.final(session, 2);
    await waitFor(() => texts(chat, session).some((text) => text.includes(word)), {
      what: "the second in a new topic",
      deadlineMs,
    });
    assertEquals(texts(chat).filter((text) => text.includes(word)).length, 1);
  }
  const shown = [...chat.topics.values()].findLast(({ name }) => name === "Session 0")!;
  bot.people.deleteTopic(chat, shown, "shown in the chat");
  const { word } = await test.final(0, 3);
  await waitFor(() => texts(chat).some((text) => text.includes(word)), { what: "it", deadlineMs });
  await test.final(1, 4);
  await waitFor(() => texts(chat, 1).length === 2, { what: "another", deadlineMs });
  const seen = chat.messages.filter(({ text }) => text.includes(word));
  assertEquals(seen.length, 1);
  assertStringIncludes(seen[0]!.text, "Session 0", "its topic had its second chance");
  assertFair(bot);
});

Deno.test("[TG2] a blocked bot: nothing is sent until the person is back, then all of it", async () => {
  await using test = await open();
  const { ada, bot, chat, delivery } = test;
  await test.final(0, 0);
  await waitFor(() => texts(chat, 0).length === 1, { what: "the first", deadlineMs });
  bot.people.block(ada);
  for (const number of numbers(1, 6)) await test.final(0, number);
  await waitFor(async () => (await delivery.chats.chat(ada.id))?.suspended, {
    what: "the suspension",
    deadlineMs,
  });
  const calls = bot.calls.length;
  await test.final(0, 6);
  bot.people.unblock(ada);
  assertEquals(bot.calls.length, calls);
  await delivery.chats.resume(ada.id);
  await waitFor(() => wordsIn(texts(chat, 0), sessionOf(0)).length === 7, {
    what: "all",
    deadlineMs,
  });
  const words = wordsIn(texts(chat, 0), sessionOf(0));
  assertEquals(words, [...words].sort());
  assertFair(bot);
});

Deno.test("[TG3] 429 by the dozen and lost answers: each final message once, in order, at Telegram's pace", async () => {
  await using test = await open({ sessions: 5 });
  const { bot, chat, delivery } = test;
  await test.final(0, 0);
  await waitFor(() => texts(chat, 0).length === 1, { what: "the first", deadlineMs });
  bot.faults.setRates({ tooMany: 0.15, retryAfter: 4, lostAfter: 0.08, lostBefore: 0.08, seed: 7 });
  for (const number of numbers(1, 13)) {
    for (const session of numbers(0, 5)) {
      test.tool(session, `x${number}`);
      await test.final(session, number, number % 6 === 0 ? 9_000 : 0);
    }
  }
  await waitFor(() => delivery.out.waiting(chat.id) === 0, { what: "the last", deadlineMs });
  bot.faults.setRates({});
  const missing = new Set((await delivery.out.missing()).map(({ group }) => group));
  for (const session of numbers(0, 5)) {
    const expected = numbers(session === 0 ? 0 : 1, 13)
      .map((number) => madeUp(sessionOf(session), number, 0))
      .filter(({ turn }) => !missing.has(turn.id)).map(({ word }) => word);
    assertEquals(wordsIn(texts(chat, session), sessionOf(session)), expected);
  }
  assertEquals(missing.size <= 3, true, `${missing.size} may be missing`);
  assertFair(bot);
});

Deno.test("[TG3] a group: 20 calls a minute with the work shown, and every answer in its topic", async () => {
  await using test = await open({ sessions: 6, inGroup: true });
  const { bot, chat } = test;
  for (const number of numbers(0, 6)) {
    for (const session of numbers(0, 6)) {
      test.tool(session, `x${number}`);
      await test.final(session, number);
    }
  }
  const all = () => numbers(0, 6).map((at) => wordsIn(texts(chat, at), sessionOf(at)));
  await waitFor(() => all().every((words) => words.length === 6), { what: "all", deadlineMs });
  for (const words of all()) assertEquals(words, [...words].sort());
  assertEquals(chat.topics.size, 6);
  assertFair(bot);
});

Deno.test("[TG3] a restart with a backlog of thirty sessions: live first, summed up, one sound", async () => {
  await using test = await open({ sessions: 31 });
  const { bot, chat, clock } = test;
  bot.faults.plan("createForumTopic", { kind: "429", retryAfter: 150 });
  for (const number of numbers(0, 4)) {
    for (const session of numbers(0, 30)) await test.final(session, number);
  }
  await waitFor(() => bot.calls.length > 0, { what: "a try", deadlineMs });
  await test.restart();
  // Near the end of the pause: what is told then is still new when it is over.
  const untilMs = bot.calls.find(({ method }) => method === "createForumTopic")!.atMs + 110_000;
  await waitFor(() => clock.now() > untilMs, { what: "most of the pause", deadlineMs });
  const live = await test.final(30, 0);
  const all = () => numbers(0, 30).map((at) => wordsIn(texts(chat, at), sessionOf(at)));
  await waitFor(() => all().every((words) => words.length === 4), { what: "all", deadlineMs });
  const own = chat.messages.filter(({ from }) => !from);
  assertStringIncludes(own[0]!.text, live.word);
  assertEquals(own.length, 31);
  assertStringIncludes(own[1]!.text, "4 messages that waited");
  for (const words of all()) assertEquals(words, [...words].sort());
  assertEquals(own.filter(({ silent }) => !silent).length, 2);
  assertFair(bot);
});

Deno.test("[TG3] long output: whole in messages, or as a document; without threaded mode too", async () => {
  await using test = await open({ threaded: false });
  const { bot, chat } = test;
  const made = await test.final(0, 0, 60_000);
  await waitFor(() => chat.messages.some(({ file }) => file), { what: "a document", deadlineMs });
  const { file } = chat.messages.find(({ file }) => file)!;
  assertEquals(new TextDecoder().decode(file!.bytes), made.turn.text);
  const [first] = chat.messages;
  assertStringIncludes(first!.text, "Session 0");
  assertEquals(first!.buttons.flat().map(({ url }) => url), [
    "https://code.example.org/s/h_box/s_00",
  ]);
  const before = chat.messages.length;
  await test.final(0, 1, 6_000);
  await waitFor(() => chat.messages.length >= before + 3, { what: "the chunks", deadlineMs });
  assertFair(bot);
});

import { assert, assertEquals, assertRejects } from "@std/assert";
import { Api, GrammyError, HttpError, InputFile } from "grammy";
import { FakeClock } from "../../../kit/testing/fake_clock.ts";
import { waitFor } from "../../../kit/testing/wait_for.ts";
import { type BotApi, startBotApi } from "./mod.ts";

function connect(bot: BotApi): Api {
  return new Api(bot.token, { apiRoot: bot.apiRoot });
}

async function refusal(call: Promise<unknown>): Promise<string> {
  const error = await assertRejects(() => call, GrammyError);
  return `${error.error_code} ${error.description}`;
}

Deno.test("a message is seen as it was sent, and edited in place", async () => {
  await using bot = startBotApi();
  const api = connect(bot);
  const chat = bot.people.privateChat(bot.people.user());
  const sent = await api.sendMessage(chat.id, "Hello bold", {
    entities: [{ type: "bold", offset: 6, length: 4 }],
    disable_notification: true,
    reply_markup: { inline_keyboard: [[{ text: "Yes", callback_data: "a:1:allow" }]] },
  });
  assertEquals(chat.messages.map(({ text, silent, buttons }) => ({ text, silent, buttons })), [
    { text: "Hello bold", silent: true, buttons: [[{ text: "Yes", data: "a:1:allow" }]] },
  ]);
  await api.editMessageText(chat.id, sent.message_id, "Hello again");
  assertEquals(chat.messages[0]?.text, "Hello again");
  assertEquals(chat.messages[0]?.earlier, ["Hello bold"]);
  assertEquals(chat.messages[0]?.buttons, []);
  assertEquals(
    await refusal(api.editMessageText(chat.id, sent.message_id, "Hello again")),
    "400 Bad Request: message is not modified: specified new message content and reply markup " +
      "are exactly the same as a current content and reply markup of the message",
  );
  assertEquals(bot.invalid, []);
});

Deno.test("topics: made, renamed, written to, closed, deleted in three ways", async () => {
  await using bot = startBotApi();
  const api = connect(bot);
  const user = bot.people.user();
  const chat = bot.people.privateChat(user);
  const made = await api.createForumTopic(chat.id, "host: one");
  const message = await api.sendMessage(chat.id, "in it", {
    message_thread_id: made.message_thread_id,
  });
  assertEquals(message.message_thread_id, made.message_thread_id);
  await api.editForumTopic(chat.id, made.message_thread_id, { name: "two" });
  const topic = chat.topics.get(made.message_thread_id)!;
  assertEquals(topic.names, ["host: one", "two"]);
  assertEquals(
    await refusal(api.editForumTopic(chat.id, topic.id, { name: "two" })),
    "400 Bad Request: TOPIC_NOT_MODIFIED",
  );
  const write = () => api.sendMessage(chat.id, "gone?", { message_thread_id: topic.id });
  bot.people.deleteTopic(chat, topic);
  assertEquals(await refusal(write()), "400 Bad Request: message thread not found");
  bot.people.deleteTopic(chat, topic, "TOPIC_DELETED");
  assertEquals(await refusal(write()), "400 Bad Request: TOPIC_DELETED");
  bot.people.deleteTopic(chat, topic, "shown in the chat");
  assertEquals((await write()).message_thread_id, undefined);
  assertEquals(
    await refusal(api.closeForumTopic(chat.id, topic.id)),
    "400 Bad Request: the method is available only in supergroups",
  );

  const group = bot.people.group(user, "Team");
  bot.people.addBot(user, group);
  const inGroup = await api.createForumTopic(group.id, "work");
  await api.closeForumTopic(group.id, inGroup.message_thread_id);
  assertEquals(group.topics.get(inGroup.message_thread_id)?.closed, true);
});

Deno.test("a chat without topics, a blocked bot, an unknown chat: told in Telegram's words", async () => {
  await using bot = startBotApi({ threaded: false });
  const api = connect(bot);
  const user = bot.people.user();
  const chat = bot.people.privateChat(user);
  assertEquals((await api.getMe()).has_topics_enabled, false);
  assertEquals(
    await refusal(api.createForumTopic(chat.id, "a")),
    "400 Bad Request: the chat is not a forum",
  );
  bot.people.block(user);
  assertEquals(
    await refusal(api.sendMessage(chat.id, "a")),
    "403 Forbidden: bot was blocked by the user",
  );
  assertEquals(await refusal(api.sendMessage(1, "a")), "400 Bad Request: chat not found");
  assertEquals(await refusal(new Api("1:x", { apiRoot: bot.apiRoot }).getMe()), "401 Unauthorized");
});

Deno.test("calls that Telegram's documentation does not allow are noted", async () => {
  await using bot = startBotApi();
  const api = connect(bot);
  const chat = bot.people.privateChat(bot.people.user());
  const wrong = async (call: Promise<unknown>) => {
    const before = bot.invalid.length;
    await call.catch((error) => assert(error instanceof GrammyError, String(error)));
    assertEquals(bot.invalid.length, before + 1);
    return bot.invalid.at(-1)!.problems.join("; ");
  };
  const send = (text: string, more: object = {}) => wrong(api.sendMessage(chat.id, text, more));
  assert((await send("x".repeat(4_097))).includes("maxUnits"));
  assert((await send("👍".repeat(2_049))).includes("maxUnits"));
  assert((await send("a", { nonsense: true })).includes("additional"));
  assert((await send("a", { message_thread_id: "1" })).includes("must be number"));
  const entities = (...list: [string, number, number][]) =>
    send("abc👍def", {
      entities: list.map(([type, offset, length]) => ({ type, offset, length })),
    });
  assert((await entities(["bold", 6, 9])).includes("outside"));
  assert((await entities(["bold", 0, 4])).includes("surrogate"));
  assert((await entities(["bold", 0, 3], ["italic", 2, 3])).includes("crosses"));
  assert((await entities(["pre", 0, 3], ["bold", 0, 1])).includes("in pre"));
  assert(
    (await send("a", {
      reply_markup: { inline_keyboard: [[{ text: "b", callback_data: "x".repeat(65) }]] },
    })).includes("reply_markup"),
  );
  assert((await wrong(api.createForumTopic(chat.id, "n".repeat(129)))).includes("maxUnits"));
  assert(
    (await send("a", { entities: [{ type: "text_link", offset: 0, length: 1, url: "ftp://a.b" }] }))
      .includes("address"),
  );
});

Deno.test("documents are uploaded, and files can be fetched", async () => {
  await using bot = startBotApi();
  const api = connect(bot);
  const user = bot.people.user();
  const chat = bot.people.privateChat(user);
  const bytes = new TextEncoder().encode("# long\n");
  const sent = await api.sendDocument(chat.id, new InputFile(bytes, "answer.md"), {
    caption: "5",
    caption_entities: [{ type: "code", offset: 0, length: 1 }],
    disable_notification: true,
  });
  assertEquals(sent.document.file_name, "answer.md");
  const [message] = chat.messages;
  assertEquals([message?.text, message?.silent, message?.file?.bytes], ["5", true, bytes]);
  assertEquals(bot.invalid, []);
  const said = bot.people.send(user, chat, { kind: "voice", bytes });
  const file = await api.getFile(said.file!.id);
  const response = await fetch(`${bot.apiRoot}/file/bot${bot.token}/${file.file_path}`);
  assertEquals(new Uint8Array(await response.arrayBuffer()), bytes);
  const stranger = await fetch(`${bot.apiRoot}/file/bot1:x/${file.file_path}`);
  await stranger.body?.cancel();
  assertEquals(stranger.status, 404);
});

Deno.test("getUpdates waits, gives each update until it is confirmed", async () => {
  await using bot = startBotApi();
  const api = connect(bot);
  const user = bot.people.user();
  const chat = bot.people.privateChat(user);
  const waiting = api.getUpdates({ timeout: 50 });
  await waitFor(() => bot.calls.length === 1, { what: "the poll" });
  bot.people.say(user, chat, "/start abc");
  const [first] = await waiting;
  assertEquals(first?.message?.text, "/start abc");
  assertEquals(first?.message?.entities, [{ type: "bot_command", offset: 0, length: 6 }]);
  assertEquals((await api.getUpdates()).length, 1);
  assertEquals(await api.getUpdates({ offset: first!.update_id + 1 }), []);
});

Deno.test("webhooks: with the secret, in order within a chat, again until they are taken", async () => {
  await using bot = startBotApi();
  const api = connect(bot);
  const seen: string[] = [];
  let refusals = 2;
  const server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen: () => {} },
    async (request) => {
      assertEquals(request.headers.get("x-telegram-bot-api-secret-token"), "s3cret");
      const update = await request.json();
      seen.push(update.message.text);
      return new Response(null, { status: refusals-- > 0 ? 500 : 200 });
    },
  );
  try {
    await api.setWebhook(`http://127.0.0.1:${server.addr.port}/hook`, { secret_token: "s3cret" });
    const user = bot.people.user();
    const chat = bot.people.privateChat(user);
    for (const text of ["a", "b", "c"]) bot.people.say(user, chat, text);
    await waitFor(() => bot.updates.pending === 0, { what: "updates taken" });
    assertEquals(seen, ["a", "a", "a", "b", "c"]);
    assertEquals((await api.getWebhookInfo()).last_error_message?.includes("500"), true);
    assertEquals((await refusal(api.getUpdates())).slice(0, 12), "409 Conflict");
    bot.updates.againShare = 0.5;
    for (let index = 0; index < 10; index++) bot.people.say(user, chat, String(index));
    await waitFor(() => bot.updates.pending === 0, { what: "updates taken" });
    assert(seen.length > 5 + 10, "some came twice");
    assertEquals([...new Set(seen.slice(5))].join(""), "0123456789");
  } finally {
    await server.shutdown();
  }
});

Deno.test("presses of buttons are answered once, and too late not at all", async () => {
  const clock = new FakeClock();
  await using bot = startBotApi({ clock });
  const api = connect(bot);
  const user = bot.people.user();
  const chat = bot.people.privateChat(user);
  await api.sendMessage(chat.id, "Allow?", {
    reply_markup: { inline_keyboard: [[{ text: "Yes", callback_data: "a:1:allow" }]] },
  });
  const press = bot.people.press(user, chat.messages[0]!, "Yes");
  const [update] = await api.getUpdates();
  assertEquals(update?.callback_query?.data, "a:1:allow");
  await api.answerCallbackQuery(press.id, { text: "Allowed" });
  assertEquals(press.answer, { text: "Allowed", alert: false });
  const late = bot.people.press(user, chat.messages[0]!, "a:1:allow");
  await clock.advance(151_000);
  assert((await refusal(api.answerCallbackQuery(late.id))).includes("query is too old"));
});

Deno.test("faults: answers lost before and after acting, 429, 403 and 400", async () => {
  await using bot = startBotApi();
  const api = connect(bot);
  const chat = bot.people.privateChat(bot.people.user());
  bot.faults.plan("sendMessage", { kind: "lost-before" });
  await assertRejects(() => api.sendMessage(chat.id, "never came"), HttpError);
  bot.faults.plan("sendMessage", { kind: "lost-after" });
  await assertRejects(() => api.sendMessage(chat.id, "came"), HttpError);
  assertEquals(chat.messages.map(({ text }) => text), ["came"]);
  bot.faults.plan("sendMessage", { kind: "429", retryAfter: 7 });
  const error = await assertRejects(() => api.sendMessage(chat.id, "later"), GrammyError);
  assertEquals(error.parameters.retry_after, 7);
  assertEquals(error.description, "Too Many Requests: retry after 7");
  await api.sendMessage(chat.id, "too early");
  assertEquals(bot.rates.breaches.map(({ rule }) => rule.slice(0, 12)), ["told to wait"]);
  bot.faults.plan("sendMessage", { kind: "error", code: 400, description: "Bad Request: no" });
  assertEquals(await refusal(api.sendMessage(chat.id, "x")), "400 Bad Request: no");
});

Deno.test("rates: what comes faster than Telegram allows is noted", async () => {
  const clock = new FakeClock();
  await using bot = startBotApi({ clock });
  const api = connect(bot);
  const user = bot.people.user();
  const chat = bot.people.privateChat(user);
  for (let index = 0; index < 20; index++) {
    await api.sendMessage(chat.id, String(index));
    await clock.advance(1_000);
  }
  assertEquals(bot.rates.breaches, []);
  for (let index = 0; index < 5; index++) await api.sendChatAction(chat.id, "typing");
  assertEquals(bot.rates.breaches.length, 2);
  const group = bot.people.group(user, "Team");
  bot.people.addBot(user, group);
  for (let index = 0; index < 21; index++) {
    await api.sendMessage(group.id, String(index));
    await clock.advance(2_000);
  }
  assertEquals(bot.rates.breaches.at(-1)?.rule, "20 a minute in a group");
  assertEquals(bot.rates.breaches.length, 3);
});

Deno.test("only the kinds of updates that the bot asked for are told", async () => {
  await using bot = startBotApi();
  const api = connect(bot);
  const user = bot.people.user();
  const chat = bot.people.privateChat(user);
  await api.getUpdates({ allowed_updates: ["message"] });
  const message = bot.people.say(user, chat, "a");
  bot.people.edit(message, "b");
  bot.people.block(user);
  assertEquals((await api.getUpdates()).map((update) => Object.keys(update)[0]), ["message"]);
});

Deno.test("in a group a plain member hears only what is meant for it", async () => {
  await using bot = startBotApi();
  const api = connect(bot);
  const user = bot.people.user();
  const group = bot.people.group(user, "Team");
  bot.people.addBot(user, group, "member");
  await api.sendMessage(group.id, "from the bot");
  const own = group.messages.at(-1)!;
  bot.people.say(user, group, "not for it");
  bot.people.say(user, group, "/status");
  bot.people.say(user, group, "answer", { replyTo: own.id });
  bot.people.say(user, group, "@chatcode_test_bot you");
  const told = async () => (await api.getUpdates()).flatMap(({ message }) => message?.text ?? []);
  assertEquals(await told(), ["/status", "answer", "@chatcode_test_bot you"]);
  bot.people.addBot(user, group, "administrator");
  bot.people.say(user, group, "anything");
  assertEquals((await told()).at(-1), "anything");
});

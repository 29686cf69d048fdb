import { assertEquals, assertMatch } from "@std/assert";
import { waitFor } from "../../kit/testing/wait_for.ts";
import { assertGoodManners, inTopic } from "./in_topic.ts";
import { connectMachine, TelegramSite } from "./telegram_site.ts";

Deno.test("[TG3] an update that Telegram brings again and again is worked on once", async () => {
  await using test = await inTopic();
  const { site, topic } = test;
  site.bot.updates.againShare = 0.6;
  for (let at = 1; at <= 5; at++) site.say(`prompt ${at}`, topic);
  await test.prompts(5);
  await waitFor(() => site.bot.updates.pending === 0, { what: "the second deliveries" });
  const texts = test.machine.asked.filter(({ method }) => method === "prompts.send")
    .map(({ params }) => (params as { text: string }).text);
  assertEquals(texts, [1, 2, 3, 4, 5].map((at) => `prompt ${at}`));
  assertEquals(Math.max(...site.bot.updates.deliveries.map(({ tookMs }) => tookMs)) < 1_000, true);
  assertGoodManners(site.bot);
});

Deno.test("[TG3] what was taken before the relay was killed is done by the next one", async () => {
  await using site = await TelegramSite.start();
  await site.link();
  const credentials = await site.relay.createGateway("box");
  const before = await connectMachine(site.relay, credentials);
  const session = before.session("s_1", { title: "api" });
  before.tell(session);
  before.say("s_1", { kind: "final", text: "Here I am." });
  const { topic } = await site.seen(({ text }) => text.includes("Here I am."), "the first final");
  const { promise: never } = Promise.withResolvers<never>();
  before.answers["prompts.send"] = () => never;
  const sent = site.say("survive", topic);
  site.say("me too", topic); // waits behind it
  await waitFor(() => before.count("prompts.send") === 1, { what: "the prompt" });
  await waitFor(() => site.bot.updates.pending === 0, { what: "both to be taken" });
  await site.relay.kill();
  await before[Symbol.asyncDispose]();
  await site.relay.startAgain();
  await using after = await connectMachine(site.relay, credentials, [session]);
  after.answers["prompts.send"] = () => ({ outcome: "delivered", changes: [] });
  await waitFor(() => after.count("prompts.send") === 2, { what: "both", deadlineMs: 30_000 });
  await waitFor(() => sent.reactions.includes("👍"), { what: "the reaction", deadlineMs: 30_000 });
  const keys = after.asked.map(({ idempotencyKey }) => idempotencyKey);
  assertEquals(keys[0], before.asked[0]?.idempotencyKey, "its machine knows it by its key");
  assertEquals(site.bot.invalid, []);
});

Deno.test("the webhook: wrong secrets, no JSON, other bots and too much are refused, and harm nobody", async () => {
  await using test = await inTopic();
  const { site, topic } = test;
  const { url = "", secret = "" } = site.bot.updates.webhook ?? {};
  assertMatch(url, /\/telegram\/webhook\/4242$/);
  const call = async (body: string, given: string | null, to = url) => {
    const headers = given === null ? {} : { "x-telegram-bot-api-secret-token": given };
    const answer = await fetch(to, { method: "POST", body, headers });
    await answer.body?.cancel();
    return answer.status;
  };
  const update = JSON.stringify({
    update_id: 1,
    message: {
      message_id: 1,
      date: 1,
      from: { id: site.ada.id, is_bot: false, first_name: "Ada" },
      chat: { id: site.ada.id, type: "private" },
      message_thread_id: topic,
      is_topic_message: true,
      text: "rm -rf /",
    },
  });
  for (const wrong of [null, "", "x", `${secret}x`, secret.slice(0, -1)]) {
    assertEquals(await call(update, wrong), 401);
  }
  for (const body of ["", "{", "[]", "null", '{"update_id":"x"}', "x".repeat(600_000)]) {
    assertEquals(await call(body, secret), 400, body.slice(0, 20));
  }
  assertEquals(await call(update, secret, url.replace("4242", "4243")), 404);
  assertEquals(await call('{"update_id":2,"poll_answer":{}}', secret), 200);
  assertEquals(test.machine.count("prompts.send"), 0);
  // Guesses are limited, and Telegram is not, though it comes from the same address.
  const guesses = await Promise.all(Array.from({ length: 200 }, () => call(update, "guess")));
  assertEquals(guesses.includes(429), true);
  site.say("hello", topic);
  await test.prompts(1);
  const told = site.relay.child.lines.map((line) => JSON.stringify(line)).join("\n");
  assertEquals(told.includes(secret) || told.includes("test-token_for-the-stand-in"), false);
});

Deno.test("[TG1] a relay that Telegram will not call asks for updates instead, and loses none", async () => {
  const refusal = { kind: "error", code: 400, description: "Bad Request: bad webhook" } as const;
  await using test = await inTopic({
    prepare: (bot) => bot.faults.plan("setWebhook", refusal, 100),
  });
  const { site, topic } = test;
  assertEquals(site.bot.updates.webhook, undefined);
  for (let at = 1; at <= 3; at++) site.say(`prompt ${at}`, topic);
  await test.prompts(3);
  const last = site.chat.messages.find(({ text }) => text === "prompt 3");
  // Its work is over: one whose work is not is done again, and waits for the machine.
  await waitFor(() => last?.reactions.includes("👍"), { what: "the last prompt's reaction" });
  await site.relay.kill();
  site.say("while it was down", topic);
  await site.relay.startAgain();
  const answer = await site.seen(({ text }) => text.includes("machine is offline"), "the reason");
  assertEquals(answer.topic, topic);
  assertEquals(site.bot.invalid, []);
});

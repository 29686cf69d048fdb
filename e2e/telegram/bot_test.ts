import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { ProtocolError, sessionId } from "@chatcode/protocol";
import { waitFor } from "../../kit/testing/wait_for.ts";
import type { BotApi } from "./bot_api/mod.ts";
import {
  connectMachine,
  linkByPage,
  TelegramSite,
  type TelegramSiteOptions,
} from "./telegram_site.ts";

/** Ada, linked, with a machine on which one session of an agent runs, in its topic. */
async function inTopic(options: TelegramSiteOptions = {}) {
  await using stack = new AsyncDisposableStack();
  const site = stack.use(await TelegramSite.start(options));
  const browser = await site.link();
  const credentials = await site.relay.createGateway("box");
  const machine = stack.use(await connectMachine(site.relay, credentials));
  machine.answers["prompts.send"] = () => ({ outcome: "delivered", turn: "t", changes: [] });
  const session = machine.session("s_1", { title: "api" });
  machine.tell(session);
  machine.say("s_1", { kind: "final", text: "Here I am." });
  const { topic } = await site.seen(({ text }) => text.includes("Here I am."), "the first final");
  assert(topic !== undefined);
  const held = stack.move();
  return {
    site,
    browser,
    machine,
    session,
    topic,
    /** What the last prompt said and named. */
    lastPrompt: () =>
      machine.asked.findLast(({ method }) => method === "prompts.send")?.params as
        | { text: string; files?: string[] }
        | undefined,
    prompts: (number: number) =>
      waitFor(() => machine.count("prompts.send") === number, {
        what: `${number} prompts`,
        deadlineMs: 30_000,
      }),
    [Symbol.asyncDispose]: () => held.disposeAsync(),
  };
}

function assertGoodManners(bot: BotApi): void {
  assertEquals(bot.invalid, []);
  assertEquals(bot.rates.breaches, []);
}

Deno.test("[TG1] linking: once by the page's link, ended in either place, told in the audit log", async () => {
  await using site = await TelegramSite.start();
  const { bot, chat } = site;
  const stranger = bot.people.user("Eve");
  const theirs = bot.people.privateChat(stranger);
  for (let at = 0; at < 5; at++) bot.people.say(stranger, theirs, "/sessions");
  const browser = await site.link();
  const linked = async () =>
    (await browser.json("GET", "/api/telegram") as { linked: { name: string } | null }).linked;
  assertEquals((await linked())?.name, "Ada");
  assertEquals(theirs.messages.filter(({ from }) => from === undefined).length, 1);

  await browser.json("POST", "/api/telegram/hello");
  await site.seen(({ text }) => text.includes("It works."), "the test message");
  const asks = await site.ask("/unlink");
  await site.press(asks, "Unlink");
  await waitFor(async () => await linked() === null, { what: "the end of the link" });
  const press = bot.people.pressData(site.ada, asks, "x:no");
  await waitFor(() => press.answer?.alert, { what: "the alert" });

  await linkByPage(browser, bot, site.ada, chat);
  await browser.json("DELETE", "/api/telegram");
  assertEquals(await linked(), null);
  const log = await (await fetch(`${site.relay.url}/settings/audit`, {
    headers: { cookie: browser.cookie },
  })).text();
  assertEquals(log.match(/telegram\.(un)?link/g)?.length, 4);
  assertGoodManners(bot);
});

Deno.test("[TG1] every command is answered, and every call is one that Telegram knows", async () => {
  await using test = await inTopic();
  const { site, machine, topic } = test;
  machine.answers["prompts.interrupt"] = () => ({});
  machine.answers["sessions.end"] = () => ({});
  machine.answers["folders.list"] = ({ path }: { path: string }) => ({
    path,
    folders: path === "" ? ["api", "web"] : [],
    truncated: false,
  });
  machine.answers["agents.list"] = () => ({
    agents: [{
      id: "claude",
      name: "Claude Code",
      installed: true,
      version: "2.1",
      signedIn: "yes",
      hooks: "installed",
      slashCommands: [],
    }],
  });
  machine.answers["sessions.start"] = ({ title }: { title: string }) => {
    const session = machine.session("s_2", { title });
    machine.tell(session);
    return { session };
  };
  assertStringIncludes((await site.ask("/help")).text, "/sessions");
  assertStringIncludes((await site.ask("/machines")).text, "🟢 box");
  assertStringIncludes((await site.ask("/status")).text, "1 of 1 machine online");
  assertStringIncludes((await site.ask("/usage")).text, "Nothing was used");
  assertStringIncludes((await site.ask("/verbose full")).text, "its words and each tool");
  assertStringIncludes((await site.ask("/group")).text, "a group with topics");
  const here = await site.ask("/status", topic);
  assertEquals([here.topic, here.text.split("\n")[0]], [topic, "💤 api"]);

  const settings = await site.ask("/settings");
  await site.press(settings, "An agent is done");
  await waitFor(() => settings.text.includes("An agent is done: 🔕 silent"), { what: "the page" });

  const list = await site.ask("/sessions");
  await site.press(list, "api");
  await waitFor(() => list.text.startsWith("💤 api"), { what: "the card" });
  await site.press(list, "End it");
  await waitFor(() => list.text.startsWith("End api?"), { what: "the question" });
  await site.press(list, "Keep it");
  assertEquals(machine.count("sessions.end"), 0);

  machine.tell({ ...test.session, status: "working" });
  assertStringIncludes((await site.ask("/stop", topic)).text, "Stopped api");
  assertEquals(machine.count("prompts.interrupt"), 1);

  const wish = await site.ask("/new");
  await site.press(wish, "web");
  await waitFor(() => wish.text.includes("workspace/web"), { what: "the folder" });
  await site.press(wish, "Here");
  await waitFor(() => wish.text.startsWith("Which agent?"), { what: "the agents" });
  await site.press(wish, "Claude");
  await waitFor(() => wish.text.startsWith("What is it called?"), { what: "the title" });
  site.say("login page");
  const started = await site.seen(
    ({ text }) => text.startsWith("login page has started"),
    "the topic",
  );
  const name = site.chat.topics.get(started.topic ?? 0)?.name;
  assertEquals(name, "login page");
  assertEquals(machine.asked.at(-1)?.params, {
    host: machine.id,
    cwd: "web",
    agent: { id: "claude" },
    title: "login page",
  });
  const menu = site.bot.world.commands.values().next().value ?? [];
  assertEquals(menu.map(({ command }) => command), [
    ...["new", "sessions", "machines", "stop", "status", "usage", "verbose", "settings"],
    ...["group", "unlink", "help"],
  ]);
  assertGoodManners(site.bot);
});

Deno.test("[TG2] text and changes of it: seen to arrive, or refused with the reason", async () => {
  await using test = await inTopic();
  const { site, machine, topic } = test;
  const first = site.say("fix the tests", topic);
  await waitFor(() => first.reactions.includes("👍"), { what: "the reaction" });
  assertEquals(test.lastPrompt()?.text, "fix the tests");
  machine.answers["prompts.send"] = () => {
    throw new ProtocolError("PROMPT_REFUSED", "Cannot send: the agent asks for leave first");
  };
  const refused = site.say("and go on", topic);
  const answer = await site.seen(({ replyTo }) => replyTo === refused.id, "the reason");
  assertStringIncludes(answer.text, "the agent asks for leave first");
  assertEquals(answer.topic, topic);
  machine.answers["prompts.send"] = () => ({ outcome: "queued", changes: [] });
  site.bot.people.edit(first, "fix all the tests");
  const offer = await site.seen(({ text }) => text.includes("a change is not sent"), "the offer");
  await site.press(offer, "Send it as it is now");
  await waitFor(() => first.reactions.includes("👌"), { what: "the reaction" });
  assertEquals(test.lastPrompt()?.text, "fix all the tests");
  assertGoodManners(site.bot);
});

Deno.test("[TG5] an approval by its button, by hand elsewhere, and too late", async () => {
  await using test = await inTopic();
  const { site, machine, session, topic } = test;
  const approval = (id: string) => ({
    id,
    tool: "Bash",
    subject: `touch ${id}.txt`,
    cwd: "/w",
    askedAtMs: Date.now(),
    verdicts: ["allow", "deny"] as ("allow" | "deny")[],
  });
  const asked = async (id: string) => {
    machine.tell({ ...session, status: "waiting", approvals: [approval(id)] });
    return await site.seen(
      ({ text, buttons }) => text.includes(`touch ${id}.txt`) && buttons.length > 0,
      `the approval ${id}`,
    );
  };
  const over = (id: string, outcome: "allowed" | "elsewhere") => {
    machine.tell({ ...session, approvals: [] });
    machine.settle({ session: sessionId.parse("s_1"), id, outcome });
  };
  machine.answers["approvals.answer"] = ({ approval }: { approval: string }) => {
    over(approval, "allowed");
    return { outcome: "allowed" };
  };
  const first = await asked("one");
  assertEquals(first.topic, topic);
  const press = await site.press(first, "Allow");
  assertEquals(press.answer?.text, "Allowed.");
  await waitFor(() => first.buttons.length === 0, {
    what: "the end of its buttons",
    deadlineMs: 30_000,
  });

  const second = await asked("two");
  const data = second.buttons.flat()[0]?.data ?? "";
  over("two", "elsewhere");
  await waitFor(() => second.buttons.length === 0, {
    what: "the end of its buttons",
    deadlineMs: 30_000,
  });
  const late = site.bot.people.pressData(site.ada, second, data);
  await waitFor(() => late.answer?.alert, { what: "the alert" });
  const eve = site.bot.people.user("Eve");
  const stranger = site.bot.people.pressData(eve, second, data);
  await waitFor(() => stranger.answer?.alert, { what: "the stranger's alert" });
  assertEquals(machine.count("approvals.answer"), 1);
  assertGoodManners(site.bot);
});

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

Deno.test("[TG2] a forum group: asked for, taken in, told in, and left again", async () => {
  await using test = await inTopic();
  const { site, machine } = test;
  const group = site.bot.people.group(site.ada, "Team");
  site.bot.people.addBot(site.ada, group);
  const asks = await site.seen(({ text }) => text.includes("Shall the topics"), "the question", {
    chat: group,
  });
  await site.press(asks, "Use this group");
  machine.say("s_1", { kind: "final", text: "Told to the team." });
  const told = await site.seen(({ text }) => text.includes("Told to the team."), "the final", {
    chat: group,
  });
  site.bot.people.say(site.ada, group, "good", { topic: told.topic });
  await test.prompts(1);
  const eve = site.bot.people.user("Eve");
  site.bot.people.say(eve, group, "bad", { topic: told.topic });
  site.bot.people.say(site.ada, group, "/group off");
  await site.seen(({ text }) => text.includes("in our private chat again"), "the end", {
    chat: group,
  });
  assertEquals(machine.count("prompts.send"), 1);
  assertGoodManners(site.bot);
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
  await site.relay.kill();
  site.say("while it was down", topic);
  await site.relay.startAgain();
  const answer = await site.seen(({ text }) => text.includes("machine is offline"), "the reason");
  assertEquals(answer.topic, topic);
  assertEquals(site.bot.invalid, []);
});

Deno.test("[TG1] the doctor says what is wrong, in the browser and on the command line", async () => {
  await using site = await TelegramSite.start({ threaded: false });
  const browser = await site.link();
  const { checks } = await browser.json("GET", "/api/telegram/checks") as {
    checks: { name: string; state: string }[];
  };
  const states = Object.fromEntries(checks.map(({ name, state }) => [name, state]));
  assertEquals(states, {
    bot: "ok",
    updates: "ok",
    topics: "warn",
    groups: "ok",
    people: "ok",
    voice: "warn",
  });
  const told = await site.relay.admin("telegram");
  assertEquals((told.checks as unknown[]).length, checks.length);
});

Deno.test("[TG5] [VOX1] voice is heard, echoed and sent; nothing said is nothing sent", async () => {
  const heard: string[] = [];
  let words = " add a test for the login ";
  await using endpoint = served(async (req) => {
    const form = await req.formData();
    const file = form.get("file");
    heard.push(file instanceof File ? `${file.name} ${file.size}` : "no file");
    return Response.json({ text: words });
  });
  await using test = await inTopic({ flags: ["--stt-url", `${endpoint.url}/v1`] });
  const { site, topic } = test;
  const voice = { kind: "voice", bytes: new Uint8Array([0x4f, 0x67, 0x67, 0x53]) } as const;
  const message = site.bot.people.send(site.ada, site.chat, voice, { topic });
  const echo = await site.seen(({ text }) => text.includes("add a test for the login"), "the echo");
  assertEquals([echo.replyTo, echo.topic], [message.id, topic]);
  await waitFor(() => message.reactions.includes("👍"), {
    what: "the reaction",
    deadlineMs: 30_000,
  });
  assertEquals(test.lastPrompt()?.text, "add a test for the login");
  assertEquals(heard, ["voice.ogg 4"]);
  words = "  ";
  site.bot.people.send(site.ada, site.chat, voice, { topic });
  await site.seen(({ text }) => text.includes("Nothing was heard"), "that nothing was heard");
  assertEquals(test.machine.count("prompts.send"), 1);
  assertGoodManners(site.bot);
});

function served(answer: (req: Request) => Promise<Response>) {
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: () => {} }, answer);
  return {
    url: `http://127.0.0.1:${server.addr.port}`,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

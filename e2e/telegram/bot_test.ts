import { assertEquals, assertStringIncludes } from "@std/assert";
import { waitFor } from "../../kit/testing/wait_for.ts";
import { assertGoodManners, inTopic } from "./in_topic.ts";
import { linkByPage, TelegramSite } from "./telegram_site.ts";

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

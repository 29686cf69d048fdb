import { assertEquals, assertStringIncludes } from "@std/assert";
import { CLOCK_SKEW_MS } from "./delivery.ts";
import { laptop, one, openOut, two, USER } from "../testing/open_out.ts";

Deno.test("[TG2] [TG3] a final message comes in its session's topic, once, with a sound", async () => {
  await using test = await openOut();
  test.online();
  await test.final(one, "All **green**.", "t1");
  await test.final(one, "All **green**.", "t1");
  await test.until(() => test.server.messages.length === 1, "a message");
  await test.pass(5_000);
  const [message] = test.server.messages;
  assertEquals(test.server.messages.length, 1);
  assertEquals([message?.text, message?.silent], ["All green.", false]);
  assertEquals(message?.entities, [{ type: "bold", offset: 4, length: 5 }]);
  assertEquals(message?.buttons, [["https://code.example.org/s/h_1/s_1"]]);
  assertEquals(message?.thread, await test.thread(one));
  assertEquals([...test.server.topics.values()].map(({ name }) => name), ["Fix the tests"]);
  assertEquals(await test.chats.sessionIn(USER, message!.thread!), { host: laptop, session: one });
});

Deno.test("[TG3] what was told before a restart is neither lost nor sent again", async () => {
  await using test = await openOut();
  test.online();
  test.server.fault("sendMessage", {
    error: 429,
    description: "Too Many Requests",
    parameters: { retry_after: 30 },
  });
  await test.final(one, "first", "t1");
  await test.until(() => test.server.calls("sendMessage") === 1, "a try");
  await test.restart();
  test.online();
  await test.final(one, "first", "t1");
  await test.final(one, "second", "t2");
  await test.until(() => test.server.messages.length === 2, "both");
  await test.pass(5_000);
  assertEquals(test.server.texts(USER), ["first", "second"]);
  const tries = test.server.asked.filter(({ method }) => method === "sendMessage");
  assertEquals(tries[1]!.atMs - tries[0]!.atMs >= 30_000, true);
});

Deno.test("[TG3] an answer that is lost is looked up: what arrived stays, what did not is sent", async () => {
  await using test = await openOut();
  test.online();
  await test.final(one, "first", "t1");
  await test.until(() => test.server.messages.length === 1, "the first");
  test.server.fault("sendMessage", "lost-after", "lost-before");
  await test.final(one, "arrived", "t2");
  await test.final(one, "did not", "t3");
  await test.final(one, "last", "t4");
  await test.until(() => test.server.messages.length === 4, "all");
  await test.pass(5_000);
  assertEquals(test.server.texts(USER), ["first", "arrived", "did not", "last"]);
  assertEquals(test.server.messages.map(({ edits }) => edits), [0, 0, 0, 0]);
  assertEquals(await test.out.missing(), []);
});

Deno.test("[TG3] looking up goes past what is not ours, and waits while Telegram cannot be reached", async () => {
  await using test = await openOut();
  test.online();
  await test.final(one, "first", "t1");
  await test.until(() => test.server.messages.length === 1, "the first");
  test.server.strangers(4);
  test.server.fault("sendMessage", "lost-after");
  test.server.fault("editMessageText", "lost-before", "lost-after", {
    error: 429,
    description: "Too Many Requests",
    parameters: { retry_after: 3 },
  });
  await test.final(one, "arrived", "t2");
  await test.final(one, "last", "t3");
  await test.until(() => test.server.texts(USER).includes("last"), "the last");
  assertEquals(test.server.texts(USER), ["first", "arrived", "last"]);
  assertEquals(await test.out.missing(), []);
});

Deno.test("[TG3] stopped while it is sent: a restart looks it up", async () => {
  for (const fault of ["arrives", "lost-before"] as const) {
    await using test = await openOut();
    test.online();
    await test.final(one, "first", "t1");
    await test.until(() => test.server.messages.length === 1, "the first");
    const hanging = Promise.withResolvers<void>();
    const waits = { wait: hanging.promise };
    if (fault === "arrives") test.server.fault("sendMessage", waits);
    else test.server.fault("sendMessage", "lost-before");
    if (fault === "lost-before") test.server.fault("editMessageText", waits, waits);
    await test.final(one, "second", "t2");
    await test.until(
      () =>
        test.server.calls(fault === "arrives" ? "sendMessage" : "editMessageText") > 1 ||
        (fault === "lost-before" && test.server.calls("editMessageText") === 1),
      "the call that hangs",
    );
    await test.restart();
    hanging.resolve();
    test.online();
    await test.final(one, "third", "t3");
    await test.until(() => test.server.texts(USER).includes("third"), "the third");
    assertEquals(test.server.texts(USER), ["first", "second", "third"]);
    assertEquals(await test.out.missing(), []);
  }
});

Deno.test("[TG3] where nothing is known to look after: not sent again, listed, and said", async () => {
  await using test = await openOut({ topics: false });
  test.online();
  test.server.fault("sendMessage", "lost-after", "lost-before");
  await test.final(one, "arrived", "t1");
  await test.final(two, "did not", "t2");
  await test.until(() => test.server.messages.length === 3, "what is said");
  await test.pass(5_000);
  assertEquals(test.server.texts(USER).filter((text) => text.endsWith("arrived")).length, 1);
  assertEquals(test.server.texts(USER).some((text) => text.endsWith("did not")), false);
  const missing = await test.out.missing();
  assertEquals(missing.map(({ group, outcome }) => [group, outcome]), [
    ["t1", "unknown"],
    ["t2", "unknown"],
  ]);
  const notes = test.server.messages.filter(({ text }) => text.includes("⚠️"));
  assertEquals(notes.map(({ text }) => text.split("\n")[0]), ["Fix the tests", "Write the docs"]);
  assertStringIncludes(notes[0]!.text, "may be missing here");
});

Deno.test("[TG3] nothing is sent while Telegram cannot be reached, and everything after", async () => {
  await using test = await openOut();
  test.online();
  const answers = { error: 502, description: "Bad Gateway" };
  test.server.fault("sendMessage", answers, answers, answers);
  await test.final(one, "one", "t1");
  await test.final(one, "two", "t2");
  await test.until(() => test.server.messages.length === 2, "both");
  assertEquals(test.server.texts(USER), ["one", "two"]);
  assertEquals(await test.out.missing(), []);
});

Deno.test("[TG4] a text that Telegram refuses comes plain, never not at all", async () => {
  await using test = await openOut();
  test.online();
  test.server.fault("sendMessage", {
    error: 400,
    description: "Bad Request: ENTITY_BOUNDS_INVALID: entity",
  });
  await test.final(one, "All **green**.");
  await test.until(() => test.server.messages.length === 1, "a message");
  assertEquals(test.server.messages[0]?.text, "All green.");
  assertEquals(test.server.messages[0]?.entities, []);
});

Deno.test("[TG3] long output: up to four messages in order, then one and a document", async () => {
  await using test = await openOut();
  test.online();
  const words = (count: number) => Array.from({ length: count }, (_, at) => `word${at}`).join(" ");
  const long = words(1_300);
  await test.final(one, long, "t1");
  await test.until(() => test.server.messages.length === 3, "three");
  await test.pass(5_000);
  assertEquals(test.server.texts(USER).join(" "), long);
  assertEquals(test.server.messages.map(({ silent }) => silent), [false, true, true]);
  assertEquals(test.server.messages.map(({ buttons }) => buttons.length), [0, 0, 1]);

  const longer = words(9_000);
  await test.final(one, longer, "t2");
  await test.until(() => test.server.messages.length === 5, "a document");
  const [text, file] = test.server.messages.slice(3);
  assertEquals(longer.startsWith(text!.text), true);
  assertEquals(text!.buttons, [["https://code.example.org/s/h_1/s_1"]]);
  assertEquals(file?.document, { name: "answer.md", content: longer });
  assertEquals([file?.thread, file?.silent], [await test.thread(one), true]);
});

Deno.test("[TG3] a backlog is summed up, in order, and comes after what is new", async () => {
  await using test = await openOut();
  test.online();
  // Telegram asks for a pause that is longer than anything counts as new.
  test.server.fault("createForumTopic", {
    error: 429,
    description: "Too Many Requests",
    parameters: { retry_after: 120 },
  });
  for (const id of [1, 2, 3, 4, 5]) await test.final(one, `old ${id}`, `t${id}`);
  await test.until(() => test.server.calls("createForumTopic") === 1, "a try");
  await test.pass(119_000);
  await test.final(two, "new", "t9");
  await test.until(() => test.server.messages.length === 2, "both");
  await test.pass(5_000);
  const [fresh, summed] = test.server.messages;
  assertEquals(test.server.messages.length, 2);
  assertEquals([fresh?.text, fresh?.silent], ["new", false]);
  assertStringIncludes(summed!.text, "5 messages that waited");
  assertEquals(summed!.text.match(/old \d/g), ["old 1", "old 2", "old 3", "old 4", "old 5"]);
  assertEquals(summed!.thread, await test.thread(one));
});

Deno.test("[TG7] settings: what, when, and whether somebody looks", async () => {
  await using test = await openOut();
  test.online();
  const sent = async (text: string) => {
    const before = test.server.messages.length;
    await test.final(one, text);
    await test.until(() => test.server.messages.length > before, text);
    return test.server.messages.at(-1)?.silent;
  };
  const kinds = { waiting: "notify", failed: "notify", offline: "notify" } as const;
  assertEquals(await sent("a"), false);
  await test.want({ kinds: { ...kinds, done: "silent" } });
  assertEquals(await sent("b"), true);
  const [from, to] = [-3600_000, 3600_000].map((ms) =>
    new Date(test.clock.now() + ms).toLocaleTimeString("en-GB", { timeZone: "Asia/Tokyo" }).slice(
      0,
      5,
    )
  );
  await test.want({ quiet: { from: from!, to: to!, timeZone: "Asia/Tokyo" } });
  assertEquals(await sent("c"), true);
  await test.want({});
  {
    using _look = test.attention.look({ account: test.owner.id, host: laptop, session: one });
    assertEquals(await sent("d"), true);
  }
  assertEquals(await sent("e"), false);
  await test.want({ kinds: { ...kinds, done: "off" } });
  await test.final(one, "f");
  await test.turn(one, { kind: "error", text: "out of credit" });
  await test.until(() => test.server.messages.length === 6, "the failure");
  assertStringIncludes(test.server.messages.at(-1)!.text, "out of credit");
});

Deno.test("[TG2] a blocked bot: the chat is suspended, the machine is not held up, and it goes on", async () => {
  await using test = await openOut();
  test.online();
  test.server.fault("sendMessage", {
    error: 403,
    description: "Forbidden: bot was blocked by the user",
  });
  await test.final(one, "one");
  await test.until(async () => (await test.chats.chat(USER))?.suspended, "suspended");
  await test.final(one, "two");
  await test.pass(10_000);
  assertEquals(test.server.messages, []);
  assertStringIncludes((await test.chats.chat(USER))!.suspended!.why, "blocked");
  await test.chats.resume(USER);
  await test.until(() => test.server.messages.length === 2, "both");
  assertEquals(test.server.texts(USER), ["one", "two"]);
});

Deno.test("[TG2] nobody is linked: turns are not kept, and nothing is asked of Telegram", async () => {
  await using test = await openOut();
  await test.chats.unlink(test.owner.id);
  test.online();
  await test.final(one, "x");
  await test.pass(3_000);
  assertEquals([test.server.asked.length, test.out.waiting(USER)], [0, 0]);
});

Deno.test("[TG3] what was said before the link is no news, but for a machine whose clock is behind", async () => {
  await using test = await openOut();
  test.online();
  const atMs = test.clock.now();
  await test.turn(one, { kind: "final", text: "long ago", atMs: atMs - 2 * CLOCK_SKEW_MS });
  await test.turn(one, { kind: "final", text: "now, by another clock", atMs: atMs - 60_000 });
  await test.until(() => test.server.messages.length === 1, "a message");
  await test.pass(3_000);
  assertEquals(test.server.texts(USER), ["now, by another clock"]);
});

Deno.test("[TG5] an approval that is open is asked of whoever links, and where home moves", async () => {
  await using test = await openOut();
  await test.chats.unlink(test.owner.id);
  test.online();
  const approval = { id: "p1", tool: "Bash", subject: "make", askedAtMs: 1 };
  test.session(one, { approvals: [{ ...approval, verdicts: ["allow", "deny"] }] });
  await test.pass(2_000);
  assertEquals(test.server.messages, []);
  const { id: account } = test.owner;
  await test.chats.link({ account, user: USER, name: "Olga", topics: true });
  await test.until(() => test.server.messages.length === 1, "the card");
  await test.chats.suspend(USER, "blocked");
  await test.chats.resume(USER);
  await test.pass(3_000);
  assertEquals(test.server.messages.length, 1);
});

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { ProtocolError } from "@chatcode/protocol";
import { rows } from "../../kv/keys.ts";
import { ADA, pressed, said } from "../testing/incoming.ts";
import { openBot } from "../testing/open_bot.ts";

const STRANGER = { id: 99, name: "Eve" };
const fromStranger = {
  from: STRANGER,
  chat: { id: 99, type: "private", title: "", forum: false },
} as const;
const inGroup = { chat: { id: -5, type: "supergroup", title: "Team", forum: true } } as const;

Deno.test("[TG1] a deep link links once, and only while it is young", async () => {
  await using lab = await openBot({ linked: false });
  const principal = await lab.auth.principalOf(lab.account.id, { kind: "telegram", id: "7" });
  assert(principal);
  const { code } = await lab.pairing.makeCode(principal);
  await lab.work(said(1, `/start ${code}`));
  assertStringIncludes(lab.replies.last.text, "You are linked.");
  assertEquals((await lab.chats.linkOf(ADA.id))?.account, lab.account.id);
  // The same update after a restart says the same; the same code from another says no.
  await lab.work(said(1, `/start ${code}`));
  assertEquals(lab.replies.said.length, 1);
  await lab.work(said(2, `/start ${code}`, fromStranger));
  assertStringIncludes(lab.replies.last.text, "used or too old");
  assertEquals(await lab.chats.linkOf(STRANGER.id), null);
  const { entries } = await lab.auth.audit.list({ limit: 1 });
  const [{ who, what, target }] = entries as [typeof entries[number]];
  assertEquals([who, what, target], [lab.account.id, "telegram.link", "7"]);
});

Deno.test("[TG1] strangers get one polite line, and nothing they do reaches a machine", async () => {
  await using lab = await openBot();
  await lab.online([lab.session("s_1")]);
  for (let update = 1; update <= 20; update++) {
    await lab.work(said(update, "/sessions", fromStranger));
    await lab.work(said(100 + update, "rm -rf /", { ...fromStranger, ...inGroup }));
  }
  assertEquals(lab.replies.said.map(({ text }) => text.slice(0, 41)), [
    "This bot belongs to a Chatcode relay and ",
  ]);
  await lab.work(pressed(200, "s:p:0", fromStranger));
  assertEquals(lab.replies.answers, ["! You are not linked any more."]);
  assertEquals(lab.asked, []);
});

Deno.test("[TG1] the link dies with the account, and at once when it is taken back", async () => {
  await using lab = await openBot();
  await lab.work(said(1, "/unlink"));
  await lab.work(pressed(2, lab.replies.data("Unlink")));
  assertStringIncludes(lab.replies.last.text, "Unlinked.");
  assertEquals(await lab.chats.linkOf(ADA.id), null);
  await lab.chats.link({ account: lab.account.id, user: ADA.id, name: ADA.name, topics: true });
  await lab.store.delete(rows.account(lab.account.id));
  await lab.work(said(3, "/sessions"));
  assertStringIncludes(lab.replies.last.text, "only talks to people who are linked");
  assertEquals(await lab.chats.linkOf(ADA.id), null);
  const { entries } = await lab.auth.audit.list({ limit: 10 });
  assertEquals(entries.filter(({ what }) => what === "telegram.unlink").length, 2);
});

Deno.test("[TG2] text in a topic becomes its session's prompt, and is seen to arrive", async () => {
  await using lab = await openBot();
  await lab.online([lab.session("s_1")]);
  await lab.topic("s_1", 5);
  lab.answers["prompts.send"] = () => ({ outcome: "delivered", turn: "t", changes: [] });
  await lab.work(said(1, "fix the tests", { thread: 5 }));
  const [req] = lab.asked;
  assertEquals(req?.params, { host: lab.host, session: "s_1", text: "fix the tests" });
  assertEquals([req?.principal, req?.idempotencyKey], [lab.account.id, "tg-1234-1-prompt"]);
  assertEquals(lab.replies.reactions, ["1 👀", "1 👍"]);
  assertEquals(lab.replies.said, []);
  lab.answers["prompts.send"] = () => ({ outcome: "queued", changes: ["a tab was made spaces"] });
  await lab.work(said(2, "and then rest", { thread: 5 }));
  assertEquals(lab.replies.reactions.at(-1), "2 👌");
  assertStringIncludes(lab.replies.last.text, "a tab was made spaces");
  assertEquals(lab.replies.last.to, 2);
});

Deno.test("[TG2] a prompt that is not delivered is answered with the reason", async () => {
  await using lab = await openBot();
  await lab.topic("s_1", 5);
  await lab.work(said(1, "hello", { thread: 5 }));
  assertStringIncludes(lab.replies.last.text, "the machine is offline");
  await lab.online([lab.session("s_1")]);
  lab.answers["prompts.send"] = () => {
    throw new ProtocolError("PROMPT_REFUSED", "Cannot send: the agent asks for leave first");
  };
  await lab.work(said(2, "hello", { thread: 5 }));
  assertStringIncludes(lab.replies.last.text, "the agent asks for leave first");
  assertEquals(lab.replies.reactions.at(-1), "2 none");
  await lab.work(said(3, "hello", { thread: 77 }));
  assertStringIncludes(lab.replies.last.text, "No session belongs to this topic");
  lab.answers["prompts.send"] = () => ({ outcome: "delivered", changes: [] });
  await lab.work(said(4, "hello", { thread: 78, topicName: "lost" }));
  assertEquals(lab.replies.reactions.at(-1), "4 👍");
});

Deno.test("[TG2] who may only watch cannot send, stop or answer", async () => {
  await using lab = await openBot();
  await lab.online([lab.session("s_1", { status: "working" })]);
  await lab.topic("s_1", 5);
  await lab.store.set(rows.account(lab.account.id), { ...lab.account, role: "viewer" });
  lab.cards.set("c1", {
    host: lab.host,
    session: "s_1" as never,
    approval: "a",
    verdicts: ["allow"],
  });
  await lab.work(said(1, "hello", { thread: 5 }));
  assertStringIncludes(lab.replies.last.text, "your account may only watch");
  await lab.work(said(2, "/stop", { thread: 5 }));
  assertStringIncludes(lab.replies.last.text, "your account may only watch");
  await lab.work(pressed(3, "a:c1:y", { thread: 5 }));
  assertMatch(lab.replies.answers.at(-1) ?? "", /^! .*may only watch/);
  assertEquals(lab.asked, []);
});

Deno.test("[TG2] an agent's own commands go to it, ours do not, and both can be had", async () => {
  await using lab = await openBot();
  await lab.online([lab.session("s_1")]);
  await lab.topic("s_1", 5);
  lab.answers["prompts.send"] = () => ({ outcome: "delivered", changes: [] });
  const texts = ["/compact@our_bot now", "//status", "/status", "/status@other_bot", "/home/ada/x"];
  for (const [at, text] of texts.entries()) await lab.work(said(at + 1, text, { thread: 5 }));
  const sent = lab.asked.map(({ params }) => (params as { text: string }).text);
  assertEquals(sent, ["/compact now", "/status", "/status", "/home/ada/x"]);
});

Deno.test("[TG2] a changed message is not sent again by itself, and can be", async () => {
  await using lab = await openBot();
  await lab.online([lab.session("s_1")]);
  await lab.topic("s_1", 5);
  lab.answers["prompts.send"] = () => ({ outcome: "delivered", changes: [] });
  await lab.work(said(1, "fix it", { thread: 5 }));
  const edit = { thread: 5, message: 1, edited: true };
  await lab.work(said(2, "fix it", edit)); // Telegram tells of changes that are none
  assertEquals([lab.asked.length, lab.replies.said.length], [1, 0]);
  await lab.work(said(3, "fix it well", edit));
  assertStringIncludes(lab.replies.last.text, "a change is not sent");
  await lab.work(pressed(4, lab.replies.data("as it is now"), { thread: 5 }));
  assertEquals((lab.asked[1]?.params as { text: string }).text, "fix it well");
  assertEquals(lab.replies.reactions.at(-1), "1 👍");
  await lab.work(said(5, "no prompt of mine", { ...edit, message: 50 }));
  assertEquals(lab.asked.length, 2);
});

Deno.test("[TG2] outside of topics one says which session is meant", async () => {
  await using lab = await openBot({ topics: false });
  const sessions = [lab.session("s_1", { title: "api" }), lab.session("s_2", { title: "web" })];
  await lab.online(sessions);
  lab.answers["prompts.send"] = () => ({ outcome: "delivered", changes: [] });
  await lab.work(said(1, "fix it"));
  assertEquals(lab.replies.last.text, "For which session?");
  await lab.work(pressed(2, lab.replies.data("web")));
  assertEquals(lab.asked[0]?.params, { host: lab.host, session: "s_2", text: "fix it" });
  assertEquals(lab.replies.reactions, ["1 👀", "1 👍"]);
  await lab.work(said(3, "and this")); // the chat talks to it from now on
  assertEquals((lab.asked[1]?.params as { session: string }).session, "s_2");
  await lab.work(pressed(4, "p:00000000:no"));
  assertMatch(lab.replies.answers.at(-1) ?? "", /^! That question is over/);
});

Deno.test("[TG5] files are saved and go along with the word that comes with them, or next", async () => {
  await using lab = await openBot();
  await lab.online([lab.session("s_1")]);
  await lab.topic("s_1", 5);
  lab.answers["prompts.send"] = () => ({ outcome: "delivered", changes: [] });
  lab.api.files.set("f1", "one").set("f2", "two").set("f3", "three");
  const file = (id: string, name: string | null = null) => ({
    thread: 5,
    file: { kind: "document", id, name, mediaType: "text/plain", bytes: 3 } as const,
  });
  const album = { album: "g" };
  await lab.work(
    said(1, "look at", { ...file("f1", "a.txt"), ...album }),
    said(2, "", { ...file("f2"), ...album }),
    said(3, "these", { ...file("f3", "c.txt"), ...album }),
  );
  assertEquals(lab.received, [
    { name: "a.txt", text: "one" },
    { name: "document-2.bin", text: "two" },
    { name: "c.txt", text: "three" },
  ]);
  assertEquals(lab.asked[0]?.params, {
    host: lab.host,
    session: "s_1",
    text: "look at\n\nthese",
    files: ["uploads/a.txt", "uploads/document-2.bin", "uploads/c.txt"],
  });
  await lab.work(said(4, "", file("f1", "d.txt")));
  assertStringIncludes(lab.replies.last.text, "goes along with your next message");
  await lab.work(said(5, "read it", { thread: 5 }));
  assertEquals((lab.asked[1]?.params as { files: string[] }).files, ["uploads/d.txt"]);
  await lab.work(said(6, "", file("f1", "e.txt")));
  await lab.work(pressed(7, lab.replies.data("Send it now"), { thread: 5 }));
  assertEquals((lab.asked[2]?.params as { files: string[] }).files, ["uploads/e.txt"]);
  await lab.work(said(8, "again", { thread: 5 }));
  assertEquals((lab.asked[3]?.params as { files?: string[] }).files, undefined);
});

Deno.test("[TG5] what is too large for bots is refused before it is fetched", async () => {
  await using lab = await openBot();
  await lab.online([lab.session("s_1")]);
  await lab.topic("s_1", 5);
  const file = {
    kind: "video",
    id: "f",
    name: null,
    mediaType: "video/mp4",
    bytes: 21 << 20,
  } as const;
  await lab.work(said(1, "watch", { thread: 5, file }));
  assertStringIncludes(lab.replies.last.text, "up to 20 MB");
  assertEquals([lab.received, lab.asked], [[], []]);
  await lab.work(said(2, "", { thread: 5, other: "sticker" }));
  assertStringIncludes(lab.replies.last.text, "sticker");
});

Deno.test("[VOX1] without an endpoint a voice message is answered with what to set up", async () => {
  await using lab = await openBot();
  await lab.online([lab.session("s_1")]);
  await lab.topic("s_1", 5);
  const file = { kind: "voice", id: "v", name: null, mediaType: "audio/ogg", bytes: 900 } as const;
  await lab.work(said(1, "", { thread: 5, file }));
  assertStringIncludes(lab.replies.last.text, "CHATCODE_STT_URL");
});

Deno.test("[TG5] an approval is answered by its button, once", async () => {
  await using lab = await openBot();
  await lab.online([lab.session("s_1", { status: "waiting" })]);
  lab.cards.set("c1", {
    host: lab.host,
    session: "s_1" as never,
    approval: "ask-1",
    verdicts: ["allow", "deny"],
  });
  lab.answers["approvals.answer"] = () => ({ outcome: "allowed" });
  await lab.work(pressed(1, "a:c1:y"));
  assertEquals(lab.asked[0]?.params, {
    host: lab.host,
    session: "s_1",
    approval: "ask-1",
    verdict: "allow",
  });
  assertEquals(lab.replies.answers, ["Allowed."]);
  lab.answers["approvals.answer"] = () => {
    throw new ProtocolError("APPROVAL_GONE", "Cannot answer: it is over");
  };
  await lab.work(pressed(2, "a:c1:n"));
  await lab.work(pressed(3, "a:c1:s")); // not offered
  await lab.work(pressed(4, "a:unknown:y"));
  assertEquals(lab.replies.answers.slice(1), [
    "! It was answered already, or is no longer asked.",
    "! That question is over.",
    "! That question is over.",
  ]);
  assertEquals(lab.asked.length, 2);
});

Deno.test("[TG1] /new walks from machine to title, and starts one session however often", async () => {
  await using lab = await openBot();
  await lab.online();
  const claude = {
    id: "claude",
    name: "Claude Code",
    installed: true,
    version: "2.1",
    signedIn: "yes",
    hooks: "installed",
    slashCommands: [],
  };
  lab.answers["folders.list"] = ({ path }: { path: string }) => ({
    path,
    folders: path === "" ? ["api", "web"] : [],
    truncated: false,
  });
  lab.answers["agents.list"] = () => ({
    agents: [claude, { ...claude, id: "codex", installed: false }],
  });
  lab.answers["sessions.start"] = ({ title }: { title: string }) => ({
    session: lab.session("s_9", { title, agent: "claude" }),
  });
  await lab.work(said(1, "/new"));
  assertStringIncludes(lab.replies.last.text, "In which folder? box, workspace");
  await lab.work(pressed(2, lab.replies.data("web"), { message: lab.replies.last.message }));
  assertStringIncludes(lab.replies.last.text, "workspace/web");
  await lab.work(pressed(3, lab.replies.data("Up")));
  await lab.work(pressed(4, lab.replies.data("api")));
  await lab.work(pressed(5, lab.replies.data("Here")));
  assertEquals(lab.replies.last.buttons.map(({ text }) => text), [
    "Claude Code 2.1",
    "A shell, no agent",
    "Cancel",
  ]);
  await lab.work(pressed(6, lab.replies.data("Claude")));
  assertStringIncludes(lab.replies.last.text, "Write a title");
  const begin = lab.replies.data("No title");
  await lab.work(said(7, "Mend the\nlogin"));
  const start = lab.asked.at(-1);
  assertEquals(start?.params, {
    host: lab.host,
    cwd: "api",
    agent: { id: "claude" },
    title: "Mend the login",
  });
  assertStringIncludes(lab.replies.last.text, "Started Mend the login.");
  assertEquals(lab.told.map(({ session, chat }) => [session, chat]), [["s_9", ADA.id]]);
  await lab.work(pressed(8, begin));
  assertMatch(lab.replies.answers.at(-1) ?? "", /^! That question is over/);
  assertEquals(lab.asked.filter(({ method }) => method === "sessions.start").length, 1);
});

Deno.test("[TG1] sessions are listed with their state, looked at, stopped and ended", async () => {
  await using lab = await openBot();
  await lab.online([
    lab.session("s_1", { title: "api", status: "working", activeAtMs: 3 }),
    ...Array.from({ length: 9 }, (_, at) => lab.session(`t_${at}`, { activeAtMs: 2 })),
  ]);
  lab.answers["prompts.interrupt"] = () => ({});
  lab.answers["sessions.end"] = () => ({});
  await lab.work(said(1, "/sessions"));
  assertMatch(lab.replies.last.text, /^10 sessions\n\n⚙️ api on box\nClaude Code, working/);
  await lab.work(pressed(2, lab.replies.data("»")));
  await lab.work(pressed(3, lab.replies.data("«")));
  await lab.work(pressed(4, lab.replies.data("api")));
  const [, open] = lab.replies.last.buttons;
  assertEquals(open, {
    text: "Open in the browser",
    url: `https://chatcode.example/s/${lab.host}/s_1`,
  });
  await lab.work(pressed(5, lab.replies.data("Stop")));
  assertEquals(lab.asked.at(-1)?.method, "prompts.interrupt");
  await lab.work(pressed(6, lab.replies.data("Talk")));
  assertEquals(lab.told.map(({ session }) => session), ["s_1"]);
  await lab.work(pressed(7, lab.replies.data("End")));
  await lab.work(pressed(8, lab.replies.data("End it")));
  assertEquals(lab.asked.at(-1)?.method, "sessions.end");
  await lab.work(pressed(9, "s:o:nothing-such"));
  assertMatch(lab.replies.answers.at(-1) ?? "", /^! That session is no longer there/);
});

Deno.test("[TG1] /stop asks which one where none is meant", async () => {
  await using lab = await openBot();
  await lab.online([lab.session("s_1", { title: "api", status: "working" }), lab.session("s_2")]);
  lab.answers["prompts.interrupt"] = () => ({});
  await lab.work(said(1, "/stop"));
  await lab.work(pressed(2, lab.replies.data("api")));
  await lab.topic("s_2", 5);
  await lab.work(said(3, "/stop", { thread: 5 }));
  const stopped = lab.asked.map(({ params }) => (params as { session: string }).session);
  assertEquals(stopped, ["s_1", "s_2"]);
});

Deno.test("[TG1] machines, status, usage and help say how things are", async () => {
  await using lab = await openBot();
  await lab.work(said(1, "/machines"));
  assertEquals(lab.replies.last.text, "🔌 box\noffline, never seen");
  await lab.online([lab.session("s_1", { status: "waiting" }), lab.session("s_2")]);
  await lab.work(said(2, "/machines"));
  assertMatch(lab.replies.last.text, /^🟢 box\n2 sessions, linux, load 0.0 on 1 cores?/);
  await lab.work(said(3, "/status"));
  assertStringIncludes(lab.replies.last.text, "1 of 1 machine online, 2 sessions");
  assertStringIncludes(lab.replies.last.text, "🙋 1 waiting for you\n💤 1 idle");
  await lab.topic("s_1", 5);
  await lab.work(said(4, "/status", { thread: 5 }));
  assertMatch(lab.replies.last.text, /^🙋 s_1\nClaude Code, waits for you/);
  await lab.work(said(5, "/usage"));
  assertStringIncludes(lab.replies.last.text, "Nothing was used.");
  const usage = { model: "opus", input: 1_000, cachedInput: 500, output: 40 };
  const turn = { kind: "usage", id: "u", rev: 0, atMs: Date.now(), usage } as const;
  const session = "s_1" as never;
  await lab.usage.count({ host: lab.host, session, agent: "claude", turn });
  await lab.work(pressed(6, lab.replies.data("Today")));
  assertMatch(lab.replies.last.text, /Claude Code opus +1.5k +40/);
  await lab.work(said(7, "/help"));
  for (const name of ["new", "sessions", "machines", "stop", "status", "usage", "verbose"]) {
    assertStringIncludes(lab.replies.last.text, `/${name} `);
  }
});

Deno.test("[TG7] settings are changed by buttons, and kept", async () => {
  await using lab = await openBot();
  const kept = () => lab.settings.get(lab.account.id);
  await lab.work(said(1, "/settings"));
  await lab.work(pressed(2, lab.replies.data("is done")));
  await lab.work(pressed(3, lab.replies.data("Quiet hours")));
  await lab.work(pressed(4, lab.replies.data("While you look")));
  await lab.work(pressed(5, lab.replies.data("While it works")));
  const { kinds, quiet, onlyWhenAway, progress } = await kept();
  assertEquals([kinds.done, onlyWhenAway, progress], ["silent", false, "full"]);
  assertEquals(quiet, { from: "22:00", to: "07:00", timeZone: "UTC" });
  assertStringIncludes(lab.replies.last.text, "Quiet hours: 22:00 to 07:00, UTC");
  await lab.work(said(6, "/verbose off"));
  assertEquals((await kept()).progress, "off");
  await lab.work(said(7, "/verbose"));
  assertEquals((await kept()).progress, "brief");
});

Deno.test("[TG2] a forum group is taken in only by who is linked, and with rights for topics", async () => {
  await using lab = await openBot();
  await lab.work(said(1, "/group", inGroup));
  assertStringIncludes(lab.replies.last.text, "Everybody in it can then read");
  const use = lab.replies.data("Use this group");
  lab.rights.member = "member";
  await lab.work(pressed(2, use, inGroup));
  assertMatch(lab.replies.answers.at(-1) ?? "", /^! First make the bot an administrator/);
  lab.rights.member = "administrator";
  await lab.work(pressed(3, use, { ...inGroup, from: STRANGER }));
  assertEquals((await lab.chats.linkOf(ADA.id))?.home, ADA.id);
  await lab.work(pressed(4, use, inGroup));
  assertEquals((await lab.chats.linkOf(ADA.id))?.home, -5);
  await lab.work(said(5, "people talk", inGroup));
  assertEquals(lab.replies.said.at(-1)?.text.includes("For which session"), false);
  await lab.work(said(6, "/group off", inGroup));
  assertEquals((await lab.chats.linkOf(ADA.id))?.home, ADA.id);
});

Deno.test("[TG2] a bot that is blocked is told nothing, until it is taken back", async () => {
  await using lab = await openBot();
  const member = (update: number, present: boolean) => ({
    ...said(update, ""),
    kind: "membership" as const,
    present,
  });
  await lab.work(member(1, false));
  assert((await lab.chats.chat(ADA.id))?.suspended);
  await lab.work(member(2, true));
  assertEquals((await lab.chats.chat(ADA.id))?.suspended, null);
  await lab.work({ ...member(3, true), ...inGroup });
  assertStringIncludes(lab.replies.last.text, "Shall the topics of your sessions be in Team?");
  await lab.work({ ...member(4, true), ...inGroup, from: STRANGER });
  assertEquals(lab.replies.said.length, 1);
});

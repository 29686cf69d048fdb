import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
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

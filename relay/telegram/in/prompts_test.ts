import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { ProtocolError } from "@chatcode/protocol";
import { pressed, said } from "../testing/incoming.ts";
import { openBot } from "../testing/open_bot.ts";

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
    throw new ProtocolError("HOST_OFFLINE", "Cannot tell the outcome: the machine went offline");
  };
  await lab.work(said(5, "hello", { thread: 5 }));
  assertStringIncludes(lab.replies.last.text, "it may have arrived");
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

Deno.test("[TG2] a prompt whose work is done again is sent once, with files that went along", async () => {
  await using lab = await openBot();
  await lab.online([lab.session("s_1")]);
  await lab.topic("s_1", 5);
  lab.answers["prompts.send"] = () => ({ outcome: "delivered", changes: [] });
  lab.api.files.set("f1", "one");
  const file = { kind: "document", id: "f1", name: "a.txt", mediaType: "text/plain", bytes: 3 };
  await lab.work(said(1, "", { thread: 5, file: file as never }));
  await lab.work(said(2, "read it", { thread: 5 }));
  await lab.work(said(2, "read it", { thread: 5 })); // as after a kill
  assertEquals(lab.asked.map(({ params }) => (params as { files?: string[] }).files), [
    ["uploads/a.txt"],
  ]);
  assertEquals(lab.replies.reactions.at(-1), "2 👍");
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

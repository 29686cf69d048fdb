import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { type ErrorCode, ProtocolError } from "@chatcode/protocol";
import { waitFor } from "../../kit/testing/wait_for.ts";
import { ParrotLab, type ParrotSession } from "../testing/parrot/lab.ts";

const KEY = "a-key-of-anna";

async function refused(asked: Promise<unknown>, code: ErrorCode, why: string): Promise<void> {
  const error = await assertRejects(() => asked, ProtocolError);
  assertEquals(error.code, code, error.message);
  assertStringIncludes(error.message, why);
}

/** How often this text was pasted. */
function pastes(parrots: ParrotLab, text: string): number {
  return parrots.logged("typed").filter((typed) =>
    JSON.stringify(typed) === JSON.stringify({ paste: text })
  ).length;
}

Deno.test("[PR1] [RQ5] a prompt is delivered once, whoever asks again and whatever restarts", async () => {
  await using parrots = await ParrotLab.open();
  const session = await parrots.start();
  const [first, second] = await Promise.all([
    session.prompt("one", KEY),
    session.prompt("one", KEY),
  ]);
  assertEquals(first.outcome, "delivered");
  assertEquals(first, second);
  await session.tells("final You said: one");
  assertEquals(session.turns[0]?.id, first.turn);

  await parrots.stop();
  await parrots.startAgain();
  await refused(session.prompt("another", KEY), "CONFLICT", "key sent another one");
  assertEquals(await session.prompt("one", KEY), first);
  assertEquals((await session.prompt("two")).outcome, "delivered");
  await session.tells("final You said: two");
  assertEquals([pastes(parrots, "one"), pastes(parrots, "another")], [1, 0]);
  assertEquals(session.story, [
    "prompt one",
    "final You said: one",
    "prompt two",
    "final You said: two",
  ]);
});

Deno.test("[PR1] [RQ5] what restarts while a prompt is under way does not type it again", async () => {
  await using parrots = await ParrotLab.open({ promptTimeoutMs: 4_000 });
  const session = await parrots.start();
  // It works on it and has not written it down: as if the gateway died right after Enter.
  const lost = session.prompt("gone [[lost]] [[wait:on]]", KEY).catch(() => {});
  await waitFor(() => pastes(parrots, "gone [[lost]] [[wait:on]]") > 0, { what: "a paste" });
  await session.sees("Parrot busy");
  await parrots.stop();
  await lost;
  await parrots.startAgain();
  parrots.release("on");
  await refused(session.prompt("gone [[lost]] [[wait:on]]", KEY), "AGENT_TIMEOUT", "unknown");
  assertEquals(pastes(parrots, "gone [[lost]] [[wait:on]]"), 1);
});

Deno.test("[PR1] a busy agent queues a prompt, and equal prompts are told apart", async () => {
  await using parrots = await ParrotLab.open({ env: { PARROT_TELLS: "note" } });
  const session = await parrots.start();
  await session.prompt("work [[wait:go]]");
  await session.has("working");
  const queued = await Promise.all([session.prompt("same"), session.prompt("same")]);
  assertEquals(queued.map(({ outcome }) => outcome), ["queued", "queued"]);
  parrots.release("go");
  await waitFor(() => session.story.filter((line) => line === "prompt same").length === 2, {
    what: "both prompts",
  });
  await session.has("idle");
  const [third, fourth] = [await session.prompt("same"), await session.prompt("same")];
  assert(third.turn !== undefined && third.turn !== fourth.turn, "one turn for two prompts");
});

Deno.test("[PR1] [PR5] what is not delivered says why, and nothing is typed then", async () => {
  const env = { PARROT_TELLS: "note" };
  await using parrots = await ParrotLab.open({ env, promptTimeoutMs: 4_000 });
  const session = await parrots.start();
  await refused(session.prompt("[[lost]]"), "AGENT_TIMEOUT", "not in the agent's transcript");
  await session.prompt("[[ask:danger]]");
  const { id } = await session.asks();
  await refused(session.prompt("later", KEY), "PROMPT_REFUSED", "waits for an approval");
  await session.answer("deny", id);
  await session.tells("interrupted");
  assertEquals(pastes(parrots, "later"), 0);
  assertEquals((await session.prompt("later", KEY)).outcome, "delivered", "the key is free again");
  await refused(session.prompt("[[crash]] [[lost]]"), "AGENT_NOT_FOUND", "ended");
  const shell = (await parrots.ask("sessions.start", {})).session.id;
  const toShell = parrots.ask("prompts.send", { session: shell, text: "ls" });
  await refused(toShell, "AGENT_NOT_FOUND", "No agent runs");
});

Deno.test("[PR1] a question at the start swallows no prompt", async () => {
  await using parrots = await ParrotLab.open({
    env: { PARROT_START_QUESTION: "Trust this folder?" },
    promptTimeoutMs: 3_000,
  });
  const session = await parrots.start({ isReady: false });
  await session.sees("Trust this folder?");
  await session.has("starting");
  await refused(session.prompt("early", KEY), "AGENT_TIMEOUT", "nothing was typed");
  assertEquals(parrots.logged("typed"), []);
  await session.types("y");
  assertEquals((await session.prompt("early", KEY)).outcome, "delivered");
});

Deno.test("[PR2] [PR3] hostile prompts arrive as text or are refused", async () => {
  await using parrots = await ParrotLab.open();
  const session = await parrots.start();
  const arrives: [given: string, becomes: string][] = [
    ["!touch x", " !touch x"],
    ["\u200b\n!touch x", " !touch x"],
    ["a\x1b[201~\r!touch x\r", "a\n!touch x"],
    ["a\x1b[20\x001~\r!touch x", "a[201~\n!touch x"],
    ["a\r\n/exit\r", "a\n/exit"],
    ["a\u2028/exit", "a\n/exit"],
    ["\u202etxet", "txet"],
    ["1", "1"],
    ["y", "y"],
    ["--dangerous", "--dangerous"],
    ["\ud800 half", "\ufffd half"],
    ["#{pane_id} $(touch x) `touch x`", "#{pane_id} $(touch x) `touch x`"],
    ["long ".repeat(3_000).trim(), "long ".repeat(3_000).trim()],
    [many("line"), many("line")],
  ];
  for (const [given, becomes] of arrives) {
    assertEquals((await session.prompt(given)).outcome, "delivered", JSON.stringify(given));
    await session.tells(`prompt ${becomes}`);
    await session.has("idle");
  }
  for (const given of ["/exit", "\0/exit", "/nothing", "\x1b", " \r\n", "exit"]) {
    await refused(session.prompt(given), "PROMPT_REFUSED", "Cannot send the prompt");
  }
  assertEquals((await session.prompt("/clear")).outcome, "delivered");
  assertEquals(parrots.logged("commands"), ["/clear"], "nothing else ran");
  await stillThere(session);
});

function many(line: string): string {
  return Array.from({ length: 60 }, (_, at) => `${line} ${at}`).join("\n");
}

async function stillThere(session: ParrotSession): Promise<void> {
  assertEquals((await session.prompt("still there")).outcome, "delivered");
}

import { assert, assertEquals } from "@std/assert";
import type { AgentId, Turn } from "@chatcode/protocol";
import { skipWhen } from "../../kit/testing/skip.ts";
import { waitFor } from "../../kit/testing/wait_for.ts";
import { AgentSite } from "./agent_site.ts";
import type { FollowedSession } from "./followed_session.ts";
import { inShort } from "./followed_session.ts";
import { installAgents } from "./install.ts";
import { cliOf } from "./lab.ts";
import { DEEDS, Matrix } from "./matrix.ts";
import { WRITTEN } from "./written_turns.ts";

const agents = await installAgents();
const ROWS: readonly { row: string; agent: AgentId; hooks: boolean }[] = [
  { row: "claude", agent: "claude", hooks: false },
  { row: "claude, hooks", agent: "claude", hooks: true },
  { row: "codex", agent: "codex", hooks: false },
  { row: "codex, hooks", agent: "codex", hooks: true },
  { row: "gemini", agent: "gemini", hooks: false },
  { row: "gemini, hooks", agent: "gemini", hooks: true },
  { row: "opencode", agent: "opencode", hooks: false },
];
const matrix = new Matrix(ROWS.map(({ row }) => row));

for (const { row, agent, hooks } of ROWS) {
  Deno.test({
    ...skipWhen(`${row} through the whole product, deed by deed`, agents.missing),
    async fn() {
      await using site = await AgentSite.open(agents, { hooks });
      await run(row, agent, site);
      console.log(matrix.row(row));
      matrix.check(row);
    },
  });
}

Deno.test({
  ...skipWhen("four agents and eight deeds: each turn once and in order", agents.missing),
  fn() {
    console.log(matrix.table());
    for (const { row } of ROWS) matrix.check(row);
  },
});

async function run(row: string, agent: AgentId, site: AgentSite): Promise<void> {
  const { model, workspace } = site;
  let session: FollowedSession | undefined;
  const deed = (name: typeof DEEDS[number], act: (session: FollowedSession) => Promise<void>) =>
    matrix.run(row, name, async () => {
      if (session === undefined) throw new Error("It did not start");
      try {
        await session.idle();
        await act(session);
      } catch (cause) {
        const message = cause instanceof Error ? cause.stack : String(cause);
        throw new Error(`${message}\nThe screens:\n${await site.screens()}`, { cause });
      }
    });

  await matrix.run(row, "start", async () => void (session = await site.start(agent)));

  await deed("text", async (session) => {
    const since = session.mark;
    const text = "first [[say:FIRST answer]]";
    const { outcome, changes } = await session.prompt(text);
    assertEquals({ outcome, changes }, { outcome: "delivered", changes: [] });
    await finalSaid(session, "FIRST answer", since);
    assertEquals(shape(session.turns(since)), [`prompt ${text}`, "final FIRST answer"]);
    assertEquals(model.main(agent, "first").map(({ prompt }) => prompt), [text]);
  });

  await deed("allowed", async (session) => {
    const since = session.mark;
    const text =
      `second [[note:I look.]] [[tool:touch ${workspace}/allowed]] [[say:SECOND answer]]`;
    await session.prompt(text);
    const approval = await session.asked(`touch ${workspace}/allowed`);
    assert(!await exists(`${workspace}/allowed`));
    assertEquals(await session.answer(approval, "allow"), "allowed");
    await finalSaid(session, "SECOND answer", since);
    assert(await exists(`${workspace}/allowed`));
    assertEquals(shape(session.turns(since)), [
      `prompt ${text}`,
      "progress I look.",
      "tool ok",
      "final SECOND answer",
    ]);
  });

  await deed("denied", async (session) => {
    const since = session.mark;
    const text = `third [[tool:touch ${workspace}/denied]] [[say:THIRD answer]]`;
    await session.prompt(text);
    const approval = await session.asked(`touch ${workspace}/denied`);
    assertEquals(await session.answer(approval, "deny"), "denied");
    await session.turn((turn) => turn.kind === "tool" && turn.state === "failed", "denial", since);
    await session.idle();
    const [prompt, tool, ...rest] = shape(session.turns(since));
    assertEquals([prompt, tool], [`prompt ${text}`, "tool failed"]);
    // Most agents stop then, some ask the model what to do instead.
    assert(rest.every((turn) => /^(interrupted|final THIRD answer)$/.test(turn)), rest.join());
    assert(!await exists(`${workspace}/denied`));
  });

  await deed("interrupt", async (session) => {
    const since = session.mark;
    const text = "fourth [[slow:fourth]] [[say:one two three four]]";
    await session.prompt(text);
    await waitFor(() => model.isWaiting("fourth"), { what: "half an answer", deadlineMs: 20_000 });
    await session.interrupt();
    await session.turn(({ kind }) => kind === "interrupted", "interruption", since);
    await session.idle();
    const [prompt, ...rest] = shape(session.turns(since));
    assertEquals(prompt, `prompt ${text}`);
    assertEquals(rest.at(-1), "interrupted");
    assert(rest.length === 1 || /^(progress|final) one two$/.test(rest[0] ?? ""), rest.join());
    const [request] = model.main(agent, "fourth");
    await waitFor(() => request?.outcome === "aborted", { what: "the answer to be cut" });
  });

  await deed("error", async (session) => {
    const since = session.mark;
    await session.prompt("fifth [[error:400]]");
    await session.turn(({ kind }) => kind === "error", "error", since);
    await session.idle();
    const kinds = shape(session.turns(since)).map((line) => line.split(" ")[0]);
    assertEquals(kinds, ["prompt", "error"]);
  });

  await deed("clear", async (session) => {
    const since = session.mark;
    const before = session.told.at(-1)?.conversation;
    assertEquals((await session.prompt(cliOf(agent).clear)).outcome, "delivered");
    await session.idle();
    const text = "sixth [[say:SIXTH answer]]";
    assertEquals((await session.prompt(text)).outcome, "delivered");
    await finalSaid(session, "SIXTH answer", since);
    assertEquals(shape(session.turns(since)), [`prompt ${text}`, "final SIXTH answer"]);
    assert(session.told.at(-1)?.conversation !== before, "it is the same conversation");
    const [request] = model.main(agent, "sixth");
    assert(!JSON.stringify(request?.body).includes("FIRST answer"), "it was told the old one");
  });

  await deed("killed", async (session) => {
    const since = session.mark;
    const text = `seventh [[note:Before.]] [[tool:touch ${workspace}/seventh]]` +
      " [[slow:seventh]] [[say:one two three SEVENTH]]";
    await session.prompt(text);
    await session.answer(await session.asked(`touch ${workspace}/seventh`), "allow");
    await waitFor(() => model.isWaiting("seventh"), { what: "half an answer", deadlineMs: 20_000 });
    await site.killGateway();
    model.release("seventh");
    const answered = () => model.main(agent, "seventh").every(({ outcome }) => outcome === "done");
    await waitFor(answered, { what: "the answer while nobody follows" });
    await site.startGatewayAgain();
    await finalSaid(session, "one two three SEVENTH", since);
    assertEquals(shape(session.turns(since)), [
      `prompt ${text}`,
      "progress Before.",
      "tool ok",
      "final one two three SEVENTH",
    ]);
    // Over the whole run: what was told is what the agent has written down, by its own ids.
    const told = session.turns().filter(isWritten).map(({ id }) => id);
    assertEquals(told, WRITTEN[agent]?.(await site.records(agent)));
  });
}

async function finalSaid(session: FollowedSession, text: string, since: number): Promise<void> {
  await session.turn((turn) => turn.kind === "final" && turn.text === text, `"${text}"`, since);
  await session.idle();
}

/** Without usage, and without the commands that not every agent writes down. */
function shape(turns: readonly Turn[]): string[] {
  return turns.filter(isWritten).map((turn) =>
    turn.kind === "tool" ? `tool ${turn.state}` : inShort(turn)
  );
}

function isWritten(turn: Turn): boolean {
  return turn.kind !== "usage" && !(turn.kind === "prompt" && turn.text.startsWith("/"));
}

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}

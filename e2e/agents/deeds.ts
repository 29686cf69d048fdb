import { assert, assertEquals } from "@std/assert";
import type { AgentId, Turn } from "@chatcode/protocol";
import { waitFor } from "../../kit/testing/wait_for.ts";
import { groupMembers } from "../harness/proc.ts";
import type { AgentSite } from "./agent_site.ts";
import { type FollowedSession, inShort } from "./followed_session.ts";
import { cliOf } from "./lab.ts";
import type { Deed } from "./matrix.ts";
import { WRITTEN } from "./written_turns.ts";

/** Where a deed is done. */
export interface Stage {
  readonly site: AgentSite;
  readonly agent: AgentId;
  /** Whether the agent tells by hooks, or by its own server, what it asks. */
  readonly tells: boolean;
  /** The session has led no other conversation and met no failure. */
  readonly isWhole: boolean;
}

/** @returns the session that takes its place, if another does */
type Act = (session: FollowedSession, stage: Stage) => Promise<FollowedSession | void>;

/** A busy machine takes its time, in milliseconds. */
const LIMIT_MS = 60_000;
/** What some agents say after a denial, and that a moment after they are idle again. */
const DENIED_END = /^(interrupted|final THIRD answer)$/;

/** What an agent is made to do, and what the client must be told of it; each begins when it is idle. */
export const ACTS: Readonly<Record<Exclude<Deed, "start">, Act>> = {
  async text(session, { site: { model }, agent }) {
    const since = session.mark;
    const text = "first [[say:FIRST answer]]";
    const { outcome, changes } = await session.prompt(text);
    assertEquals({ outcome, changes }, { outcome: "delivered", changes: [] });
    await finalSaid(session, "FIRST answer", since);
    assertEquals(shape(session.turns(since)), [`prompt ${text}`, "final FIRST answer"]);
    assertEquals(model.main(agent, "first").map(({ prompt }) => prompt), [text]);
  },

  async allowed(session, { site: { workspace } }) {
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
  },

  async denied(session, { site: { workspace } }) {
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
    assert(rest.every((turn) => DENIED_END.test(turn)), rest.join());
    assert(!await exists(`${workspace}/denied`));
  },

  async interrupt(session, { site: { model }, agent }) {
    const since = session.mark;
    const text = "fourth [[slow:fourth]] [[say:one two three four]]";
    await session.prompt(text);
    await waitFor(() => model.isWaiting("fourth"), {
      what: "half an answer",
      deadlineMs: LIMIT_MS,
    });
    await session.interrupt();
    const told = () => {
      const lines = shape(session.turns(since));
      return DENIED_END.test(lines[0] ?? "") ? lines.slice(1) : lines;
    };
    const isTold = () => told().includes("interrupted");
    await session.until(isTold, "the interruption to be told");
    await session.idle();
    const [prompt, ...rest] = told();
    assertEquals(prompt, `prompt ${text}`);
    assertEquals(rest.at(-1), "interrupted");
    assert(rest.length === 1 || /^(progress|final) one two$/.test(rest[0] ?? ""), rest.join());
    const [request] = model.main(agent, "fourth");
    const what = "the answer to be cut";
    await waitFor(() => request?.outcome === "aborted", { what, deadlineMs: LIMIT_MS });
  },

  async error(session) {
    const since = session.mark;
    await session.prompt("fifth [[error:400]]");
    await session.turn(({ kind }) => kind === "error", "error", since);
    await session.idle();
    const kinds = shape(session.turns(since)).map((line) => line.split(" ")[0]);
    assertEquals(kinds, ["prompt", "error"]);
  },

  async clear(session, { site: { model }, agent }) {
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
  },

  async killed(session, { site, agent, isWhole }) {
    const { model, workspace } = site;
    const since = session.mark;
    const text = `seventh [[note:Before.]] [[tool:touch ${workspace}/seventh]]` +
      " [[slow:seventh]] [[say:one two three SEVENTH]]";
    await session.prompt(text);
    await session.answer(await session.asked(`touch ${workspace}/seventh`), "allow");
    const what = "half an answer";
    await waitFor(() => model.isWaiting("seventh"), { what, deadlineMs: LIMIT_MS });
    await site.killGateway();
    model.release("seventh");
    const answered = () => model.main(agent, "seventh").every(({ outcome }) => outcome === "done");
    await waitFor(answered, { what: "the answer while nobody follows", deadlineMs: LIMIT_MS });
    await site.startGatewayAgain();
    await finalSaid(session, "one two three SEVENTH", since);
    assertEquals(shape(session.turns(since)), [
      `prompt ${text}`,
      "progress Before.",
      "tool ok",
      "final one two three SEVENTH",
    ]);
    if (!isWhole) return; // another session's records would be among them
    // Over the whole run: what was told is what the agent has written down, by its own ids.
    const told = session.turns().filter(isWritten).map(({ id }) => id);
    assertEquals(told, WRITTEN[agent]?.(await site.records(agent)));
  },

  async diff(session, { site: { workspace }, agent, tells }) {
    const since = session.mark;
    // Codex asks only about what lies outside.
    const path = agent === "codex"
      ? workspace.replace(/[^/]+$/, "note.txt")
      : `${workspace}/note.txt`;
    await session.prompt(
      `eighth [[write:${path}|one\ntwo]] [[edit:${path}|two|three]] [[say:EIGHTH answer]]`,
    );
    const answered = new Set<string>();
    for (const lines of [["+one", "+two"], ["-two", "+three"]]) {
      const open = () => session.now.approvals.find(({ id }) => !answered.has(id));
      const isTold = () => !tells || open()?.subject.includes("note.txt") === true;
      await session.until(() => open() !== undefined && isTold(), `an approval of ${lines}`);
      const approval = open();
      assert(approval !== undefined);
      if (tells) {
        const diff = approval.diff?.split("\n") ?? [];
        assert(lines.every((line) => diff.includes(line)), `the diff is ${approval.diff}`);
      }
      answered.add(approval.id);
      assertEquals(await session.answer(approval, "allow"), "allowed");
    }
    await finalSaid(session, "EIGHTH answer", since);
    assertEquals((await Deno.readTextFile(path)).trimEnd(), "one\nthree");
    const tools = shape(session.turns(since)).filter((line) => line.startsWith("tool"));
    assertEquals(tools, ["tool ok", "tool ok"]);
  },

  async resumed(session, { site, agent }) {
    const since = session.mark;
    await session.prompt("before [[say:BEFORE answer]]");
    await finalSaid(session, "BEFORE answer", since);
    const last = session.told.at(-1);
    await end(session, site);
    // What was said less than two seconds before a start may have been said after it, for all that
    // the clocks of processes and files tell.
    const isPast = () => Date.now() - (last?.turn.atMs ?? 0) > 3_000;
    await waitFor(isPast, { what: "the clocks", deadlineMs: 5_000, everyMs: 100 });
    const again = await site.start(agent, last?.conversation);
    const text = "ninth [[say:NINTH answer]]";
    assertEquals((await again.prompt(text)).outcome, "delivered");
    await finalSaid(again, "NINTH answer", 0);
    // What was said before was told before.
    assertEquals(shape(again.turns()), [`prompt ${text}`, "final NINTH answer"]);
    const [request] = site.model.main(agent, "ninth");
    assert(JSON.stringify(request?.body).includes("BEFORE answer"), "it was not told the old one");
    return again;
  },

  async ended(session, { site }) {
    await end(session, site);
  },
};

/** Nothing that the agent started lives on, whatever it does about the end of its terminal. */
async function end(session: FollowedSession, site: AgentSite): Promise<void> {
  const leader = await site.leader(session);
  assert(groupMembers(leader).length > 0);
  await session.end();
  const what = "its processes to be gone";
  await waitFor(() => groupMembers(leader).length === 0, { what, deadlineMs: LIMIT_MS });
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

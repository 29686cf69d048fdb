import { assert } from "@std/assert";
import type { AgentId } from "@chatcode/protocol";
import { skipWhen } from "../../kit/testing/skip.ts";
import { waitFor } from "../../kit/testing/wait_for.ts";
import { percentile } from "../harness/percentile.ts";
import { AgentSite } from "./agent_site.ts";
import type { FollowedSession, Heard } from "./followed_session.ts";
import { installAgents } from "./install.ts";

const agents = await installAgents();

const HOOKS_AIM_MS = 300;
const NO_HOOKS_AIM_MS = 1_500;
/** Commands that one prompt asks for, one after another. */
const IN_ONE_PROMPT = 5;

interface Case {
  readonly agent: AgentId;
  readonly by: "hooks" | "no hooks" | "its own port";
  /** Prompts. */
  readonly rounds: number;
}

/** Milliseconds of one approval. */
interface Delay {
  /** From the end of the model's answer until the client hears of the question. */
  readonly whole: number;
  /** From when the agent told of it, by hook or event, which comes after the agent's own doings. */
  readonly ours: number;
}

const CASES: readonly Case[] = [
  { agent: "claude", by: "hooks", rounds: 4 },
  { agent: "claude", by: "no hooks", rounds: 2 },
  { agent: "codex", by: "hooks", rounds: 4 },
  { agent: "codex", by: "no hooks", rounds: 2 },
  { agent: "gemini", by: "hooks", rounds: 4 },
  { agent: "gemini", by: "no hooks", rounds: 2 },
  { agent: "opencode", by: "its own port", rounds: 4 },
];

for (const each of CASES) {
  const { agent, by } = each;
  Deno.test({
    ...skipWhen(`what ${agent} asks is heard of soon, by ${by}`, agents.missing),
    fn: () => run(each),
  });
}

async function run({ agent, by, rounds }: Case): Promise<void> {
  await using site = await AgentSite.open(agents, { hooks: by === "hooks" });
  const session = await site.start(agent);
  const delays: Delay[] = [];
  try {
    for (let round = 1; round <= rounds; round++) {
      delays.push(...await ask(`ask-${round}.`, agent, site, session));
    }
  } catch (cause) {
    throw new Error(`${cause}\n${await site.evidence()}`, { cause });
  }
  const of = (part: keyof Delay) => delays.map((delay) => delay[part]);
  const told = (ms: readonly number[]) =>
    `p50 ${percentile(ms, 50)} ms, p99 ${percentile(ms, 99)} ms`;
  const isTold = by !== "no hooks";
  const aimMs = isTold ? HOOKS_AIM_MS : NO_HOOKS_AIM_MS;
  console.log(
    `${agent}, ${by}: an approval is at the client ${told(of("whole"))} after the model's answer` +
      (isTold ? `, of which ours, after the agent told of it, are ${told(of("ours"))}` : "") +
      ` (${delays.length} approvals, aim ${aimMs} ms)`,
  );
  // How soon an agent tells of its question is its own matter; without hooks it tells nothing.
  const p50 = percentile(of(isTold ? "ours" : "whole"), 50);
  assert(p50 <= aimMs, `p50 is ${p50} ms: ${JSON.stringify(delays)}`);
}

async function ask(
  name: string,
  agent: AgentId,
  { model, workspace }: AgentSite,
  session: FollowedSession,
): Promise<Delay[]> {
  await session.idle();
  const since = session.mark;
  const commands = Array.from(
    { length: IN_ONE_PROMPT },
    (_, at) => `touch ${workspace}/${name}${at}`,
  );
  const tools = commands.map((command) => `[[tool:${command}]]`).join(" ");
  const known = new Set(session.heard.flatMap(idsIn));
  await session.prompt(`${name} ${tools} [[say:${name} done]]`);
  const delays: Delay[] = [];
  for (const [at, command] of commands.entries()) {
    const isNew = (id: string) => !known.has(id);
    const news = await waitFor(() => session.heard.find((heard) => idsIn(heard).some(isNew)), {
      what: `an approval of ${command}`,
      deadlineMs: 60_000,
    });
    for (const id of idsIn(news)) known.add(id);
    const approval = await session.asked(command);
    const endedAtMs = model.main(agent, name)[at]?.endedAtMs;
    assert(endedAtMs !== undefined);
    const { heardAtMs } = news;
    delays.push({ whole: heardAtMs - endedAtMs, ours: Math.round(heardAtMs - approval.askedAtMs) });
    await session.answer(approval, "allow");
  }
  const say = `${name} done`;
  await session.turn((turn) => turn.kind === "final" && turn.text === say, say, since);
  return delays;
}

function idsIn({ session: { approvals = [] } }: Heard): string[] {
  return approvals.map(({ id }) => id);
}

import { assert } from "@std/assert";
import type { AgentId } from "@chatcode/protocol";
import { skipWhen } from "../../kit/testing/skip.ts";
import { waitFor } from "../../kit/testing/wait_for.ts";
import { percentile } from "../harness/percentile.ts";
import { AgentSite } from "./agent_site.ts";
import type { FollowedSession } from "./followed_session.ts";
import { installAgents } from "./install.ts";

const agents = await installAgents();

const HOOKS_AIM_MS = 300;
const NO_HOOKS_AIM_MS = 1_500;

interface Case {
  readonly agent: AgentId;
  readonly by: "hooks" | "no hooks" | "its own port";
  readonly rounds: number;
}

const CASES: readonly Case[] = [
  { agent: "claude", by: "hooks", rounds: 20 },
  { agent: "claude", by: "no hooks", rounds: 20 },
  { agent: "codex", by: "hooks", rounds: 10 },
  { agent: "codex", by: "no hooks", rounds: 10 },
  { agent: "gemini", by: "hooks", rounds: 10 },
  { agent: "gemini", by: "no hooks", rounds: 10 },
  { agent: "opencode", by: "its own port", rounds: 10 },
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
  const delaysMs: number[] = [];
  for (let round = 1; round <= rounds; round++) {
    delaysMs.push(await ask(`ask-${round}.`, agent, site, session));
  }
  const [p50, p99] = [percentile(delaysMs, 50), percentile(delaysMs, 99)];
  const aimMs = by === "no hooks" ? NO_HOOKS_AIM_MS : HOOKS_AIM_MS;
  console.log(
    `${agent}, ${by}: an approval is at the client p50 ${p50} ms, p99 ${p99} ms after the model ` +
      `asked for the command (${rounds} rounds, aim ${aimMs} ms)`,
  );
  assert(p50 <= aimMs, `p50 is ${p50} ms: ${delaysMs.join(", ")}`);
}

/**
 * @returns milliseconds from the end of the model's answer, and so with the agent's own time to make
 * a question of it, until the client hears of that very question
 */
async function ask(
  name: string,
  agent: AgentId,
  { model, workspace }: AgentSite,
  session: FollowedSession,
): Promise<number> {
  await session.idle();
  const since = session.heard.length;
  const command = `touch ${workspace}/${name}`;
  await session.prompt(`${name} [[tool:${command}]] [[say:${name} done]]`);
  const isAsked = () =>
    session.heard.slice(since).find(({ session: { approvals = [] } }) => approvals.length > 0);
  const { heardAtMs } = await waitFor(isAsked, { what: "an approval", deadlineMs: 20_000 });
  const [request] = model.main(agent, name);
  const approval = await session.asked(command);
  await session.answer(approval, "allow");
  const say = `${name} done`;
  await session.turn((turn) => turn.kind === "final" && turn.text === say, say);
  assert(request?.endedAtMs !== undefined);
  return heardAtMs - request.endedAtMs;
}

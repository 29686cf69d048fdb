import { assert, assertEquals } from "@std/assert";
import type { AgentId } from "@chatcode/protocol";
import { skipWhen } from "../../kit/testing/skip.ts";
import { AgentSite } from "./agent_site.ts";
import type { FollowedSession } from "./followed_session.ts";
import { installAgents } from "./install.ts";
import { AGENT_CLIS } from "./lab.ts";
import { inLanes } from "./lanes.ts";

const agents = await installAgents();
const ROUNDS = 3;

Deno.test({
  ...skipWhen("two sessions of one agent in one folder never mix", agents.missing),
  fn: () => inLanes(Object.keys(AGENT_CLIS) as AgentId[], 2, run),
});

async function run(agent: AgentId): Promise<void> {
  await using site = await AgentSite.open(agents);
  const [one, two] = [await site.start(agent), await site.start(agent)];
  try {
    for (let round = 1; round <= ROUNDS; round++) {
      await Promise.all([ask(one, `one${round}`), ask(two, `two${round}`)]);
    }
  } catch (cause) {
    throw new Error(`${cause}\n${await site.evidence()}`, { cause });
  }
  assertEquals(said(one), expected("one"));
  assertEquals(said(two), expected("two"));
  const conversations = [one, two].map(({ told }) =>
    new Set(told.map(({ conversation }) => conversation))
  );
  assertEquals(conversations.map(({ size }) => size), [1, 1]);
  assertEquals(conversations[0]?.isDisjointFrom(conversations[1] ?? new Set()), true);
  console.log(`${agent}: ${ROUNDS} exchanges in each of two sessions at once, none mixed`);
}

async function ask(session: FollowedSession, name: string): Promise<void> {
  const { outcome } = await session.prompt(`${name} [[say:${name} answered]]`);
  assert(outcome === "delivered" || outcome === "queued", outcome);
  await session.turn((turn) => turn.kind === "final" && turn.text === `${name} answered`, name);
  await session.idle();
}

function said(session: FollowedSession): string[] {
  return session.turns().flatMap((turn) =>
    turn.kind === "prompt" || turn.kind === "final" ? [`${turn.kind} ${turn.text}`] : []
  );
}

function expected(name: string): string[] {
  return Array.from({ length: ROUNDS }, (_, at) => `${name}${at + 1}`).flatMap((each) => [
    `prompt ${each} [[say:${each} answered]]`,
    `final ${each} answered`,
  ]);
}

import { assertEquals } from "@std/assert";
import type { AgentId, Turn, UsageRow } from "@chatcode/protocol";
import { skipWhen } from "../../kit/testing/skip.ts";
import { waitFor } from "../../kit/testing/wait_for.ts";
import { AgentSite } from "./agent_site.ts";
import { type SeenRequest, sumTokens } from "./fake_model/seen_request.ts";
import type { FollowedSession } from "./followed_session.ts";
import { installAgents } from "./install.ts";
import { AGENT_CLIS, cliOf } from "./lab.ts";
import { inLanes } from "./lanes.ts";

const agents = await installAgents();
/** The relay writes its sheets down at intervals, in milliseconds. */
const COUNTED_LIMIT_MS = 60_000;
/** A busy machine takes its time, in milliseconds. */
const LIMIT_MS = 60_000;

interface Count {
  readonly answers: number;
  readonly input: number;
  readonly cachedInput: number;
  readonly output: number;
}

Deno.test({
  ...skipWhen("the usage of each agent is what the model told it", agents.missing),
  fn: () => inLanes(Object.keys(AGENT_CLIS) as AgentId[], 2, run),
});

async function run(agent: AgentId): Promise<void> {
  await using site = await AgentSite.open(agents);
  const { model, workspace } = site;
  const session = await site.start(agent);
  const ask = async (text: string, say: string) => {
    const since = session.mark;
    await session.prompt(`${text} [[say:${say}]]`);
    await session.turn((turn) => turn.kind === "final" && turn.text === say, say, since);
    await session.idle();
  };
  try {
    await ask("plain", "one");
    await session.prompt(`tool [[note:I look.]] [[tool:touch ${workspace}/a]] [[say:two]]`);
    await session.answer(await session.asked(`touch ${workspace}/a`), "allow");
    await session.turn((turn) => turn.kind === "final" && turn.text === "two", "two");
    await session.idle();
    await abort(agent, site, session);
    await ask("after an abort", "three");
    await ask("tried again [[error:500x1]]", "four");
    const since = session.mark;
    await session.prompt("broken off [[drop]] [[say:five six seven eight nine ten]]");
    // Some agents try again, others give up.
    const isOver = (turn: Turn) => turn.kind === "error" || turn.kind === "final";
    await session.turn(isOver, "end", since);
    await session.idle();
    await ask("plain", "one");
    await ask("plain", "one");

    await session.prompt("killed [[slow:killed]] [[say:eleven twelve]]");
    await waitFor(() => model.isWaiting("killed"), {
      what: "half an answer",
      deadlineMs: LIMIT_MS,
    });
    await site.killGateway();
    model.release("killed");
    await site.startGatewayAgain();
    await session.turn((turn) => turn.kind === "final" && turn.text === "eleven twelve", "twelve");
    await session.idle();

    await session.prompt(cliOf(agent).clear);
    await session.idle();
    await ask("cleared", "thirteen");
    // Once more, with nothing new: what is told again after a restart counts once.
    await site.killGateway();
    await site.startGatewayAgain();
    await ask("last", "fourteen");
  } catch (cause) {
    throw new Error(`${cause}\n${await site.evidence()}`, { cause });
  }

  const requests = model.main(agent);
  // An answer that breaks off on the way is written down by none of them.
  const told = countOf(requests.filter(({ outcome }) => /^(done|aborted)$/.test(outcome)));
  let counted = countRows(await usage(site));
  const same = async () => {
    counted = countRows(await usage(site));
    return JSON.stringify(counted) === JSON.stringify(told);
  };
  await waitFor(same, { what: "the counts to agree", deadlineMs: COUNTED_LIMIT_MS })
    .catch(() => {}); // said below, with the numbers
  const cut = requests.filter(({ outcome }) => outcome === "dropped");
  const side = model.requests.filter((request) =>
    request.agent === agent && request.purpose === "side"
  );
  console.log(
    `${agent}: model ${inShort(told)}; counted ${inShort(counted)}; ` +
      `not written down by the agent: broken off ${inShort(countOf(cut))}, ` +
      `its own errands ${inShort(countOf(side))}`,
  );
  assertEquals(counted, told);
}

async function abort(agent: AgentId, site: AgentSite, session: FollowedSession): Promise<void> {
  const { model } = site;
  await session.prompt("aborted [[slow:aborted]] [[say:never said whole]]");
  await waitFor(() => model.isWaiting("aborted"), { what: "half an answer", deadlineMs: LIMIT_MS });
  await session.interrupt();
  await session.turn(({ kind }) => kind === "interrupted", "interruption");
  const [request] = model.main(agent, "aborted");
  const what = "the answer to be cut";
  await waitFor(() => request?.outcome === "aborted", { what, deadlineMs: LIMIT_MS });
  await session.idle();
}

async function usage({ client, host }: AgentSite): Promise<UsageRow[]> {
  const day = (atMs: number) => new Date(atMs).toISOString().slice(0, 10);
  // It may be midnight in between.
  const [from, to] = [day(Date.now() - 24 * 3600_000), day(Date.now())];
  return (await client.request("usage.query", { from, to, host })).rows;
}

function countRows(rows: readonly UsageRow[]): Count {
  const sum = (field: keyof Count) => rows.reduce((total, row) => total + row[field], 0);
  return {
    answers: sum("answers"),
    input: sum("input"),
    cachedInput: sum("cachedInput"),
    output: sum("output"),
  };
}

/** SPEC [TU6]: what is written to a cache is input, thoughts are output. */
function countOf(requests: readonly SeenRequest[]): Count {
  const { input, cacheWrite, cachedInput, output } = sumTokens(requests);
  const answers = requests.filter(({ reported }) => reported !== undefined).length;
  return { answers, input: input + cacheWrite, cachedInput, output };
}

function inShort({ answers, input, cachedInput, output }: Count): string {
  return `${answers} answers ${input}+${cachedInput}+${output}`;
}

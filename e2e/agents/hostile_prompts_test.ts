import { assert, assertEquals } from "@std/assert";
import { type AgentId, ProtocolError } from "@chatcode/protocol";
import { skipWhen } from "../../kit/testing/skip.ts";
import { waitFor } from "../../kit/testing/wait_for.ts";
import { AgentSite } from "./agent_site.ts";
import type { FollowedSession } from "./followed_session.ts";
import { type HostilePrompt, hostilePrompts } from "./hostile_prompts.ts";
import { installAgents } from "./install.ts";
import { AGENT_CLIS } from "./lab.ts";
import { inLanes } from "./lanes.ts";

const agents = await installAgents();

const AGENTS = Object.keys(AGENT_CLIS) as AgentId[];

Deno.test({
  ...skipWhen("no hostile prompt runs a command in any agent or is altered unsaid", agents.missing),
  async fn() {
    await using site = await AgentSite.open(agents);
    await inLanes(AGENTS, AGENTS.length, (agent) => run(agent, site));
  },
});

async function run(agent: AgentId, site: AgentSite): Promise<void> {
  let session = await site.start(agent);
  const canary = `${site.workspace}/canary-${agent}`;
  const prompts = hostilePrompts(`touch ${canary}`);
  const startedMs = performance.now();
  const counts = { unchanged: 0, changed: 0, refused: 0 };
  const failures: string[] = [];
  for (const prompt of prompts) {
    try {
      counts[await send(agent, site, session, prompt)] += 1;
      assert(!await exists(canary), "IT RAN A COMMAND");
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      failures.push(`${prompt.name}: ${message}`);
      console.log(`FAILED ${agent} ${prompt.name}: ${message}\n${await site.evidence()}`);
      // Whatever it left behind must not spoil the next.
      await session.end();
      session = await site.start(agent);
    }
  }
  const eachMs = Math.round((performance.now() - startedMs) / prompts.length);
  await asksMeanwhile(agent, site, session);
  console.log(
    `${agent}: ${prompts.length} hostile prompts: ${counts.unchanged} delivered as they were, ` +
      `${counts.changed} delivered changed and said so, ${counts.refused} refused; ${eachMs} ms each`,
  );
  assertEquals(failures, [], agent);
}

async function send(
  agent: AgentId,
  { model }: AgentSite,
  session: FollowedSession,
  { text, becomes, refused }: HostilePrompt,
): Promise<"unchanged" | "changed" | "refused"> {
  const before = model.main(agent).length;
  const since = session.mark;
  try {
    const { outcome, changes } = await session.prompt(text);
    assert(refused !== true, "it was let through");
    // An agent that still had an errand of its own takes it into its queue: it comes all the same.
    assert(outcome === "delivered" || outcome === "queued", outcome);
    assertEquals(changes.length > 0, becomes !== undefined);
  } catch (error) {
    if (!(error instanceof ProtocolError) || refused !== true) throw error;
    assert(["PROMPT_REFUSED", "INVALID_REQUEST"].includes(error.code), error.code);
    assert(error.message.length > 10, "no reason is given");
    assertEquals(model.main(agent).length, before);
    return "refused";
  }
  await session.turn(({ kind }) => kind === "prompt", "prompt", since);
  await session.turn(({ kind }) => kind === "final", "answer", since);
  await session.idle();
  const isAsked = () => model.main(agent).length > before;
  await waitFor(isAsked, { what: "the model to be asked", deadlineMs: 60_000 });
  const asked = model.main(agent).slice(before).map(({ prompt }) => prompt.trim());
  assertEquals(asked, [asWritten(agent, becomes ?? text)]);
  return becomes === undefined ? "unchanged" : "changed";
}

/** What the agent itself makes of a text that is pasted, guard or no guard. */
function asWritten(agent: AgentId, text: string): string {
  const trimmed = text.trim();
  return agent === "claude" ? trimmed.normalize("NFC").replaceAll("\t", "    ") : trimmed;
}

/** SPEC [PR5]: while something is asked, no text can be taken for the answer. */
async function asksMeanwhile(
  agent: AgentId,
  { workspace }: AgentSite,
  session: FollowedSession,
): Promise<void> {
  const asked = `${workspace}/asked-${agent}`;
  await session.prompt(`[[tool:touch ${asked}]]`);
  const approval = await session.asked(`touch ${asked}`);
  for (const text of ["1", "2", "3", "y", "a", "yes", "\r", "Enter"]) {
    const error = await session.prompt(text).catch((error: unknown) => error);
    assert(error instanceof ProtocolError, `${agent} took "${text}" while it asked`);
    assertEquals(error.code, "PROMPT_REFUSED");
  }
  assertEquals(await session.answer(approval, "deny"), "denied");
  assert(!await exists(asked));
}

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}

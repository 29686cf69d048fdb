import type { AgentId } from "@chatcode/protocol";
import { skipWhen } from "../../kit/testing/skip.ts";
import { AgentSite } from "./agent_site.ts";
import { ACTS } from "./deeds.ts";
import type { FollowedSession } from "./followed_session.ts";
import { installAgents } from "./install.ts";
import { inLanes } from "./lanes.ts";
import { DEEDS, Matrix } from "./matrix.ts";

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

Deno.test({
  ...skipWhen("four agents and all deeds: each turn once and in order", agents.missing),
  async fn() {
    await inLanes(ROWS, 2, async ({ row, agent, hooks }) => {
      await using site = await AgentSite.open(agents, { hooks });
      await run(row, agent, site, hooks || agent === "opencode");
      console.log(matrix.row(row));
    });
    console.log(matrix.table());
    for (const { row } of ROWS) matrix.check(row);
  },
});

/** A deed that fails leaves the agent in whatever state: the next has an agent of its own. */
async function run(row: string, agent: AgentId, site: AgentSite, tells: boolean): Promise<void> {
  let session: FollowedSession | undefined;
  let isWhole = true;
  await matrix.run(row, "start", async () => void (session = await site.start(agent)));
  for (const deed of DEEDS) {
    if (deed === "start") continue;
    const isDone = await matrix.run(row, deed, async () => {
      session ??= await site.start(agent);
      try {
        await session.idle();
        session = await ACTS[deed](session, { site, agent, tells, isWhole }) ?? session;
      } catch (cause) {
        const message = cause instanceof Error ? cause.stack : String(cause);
        throw new Error(`${message}\n${await site.evidence()}`, { cause });
      }
    });
    if (isDone) continue;
    await session?.end().catch(() => {}); // it may have ended
    session = undefined;
    isWhole = false;
  }
}

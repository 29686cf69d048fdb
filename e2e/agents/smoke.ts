import { assert, assertEquals } from "@std/assert";
import type { AgentId } from "@chatcode/protocol";
import { skipWhen } from "../../kit/testing/skip.ts";
import { waitFor } from "../../kit/testing/wait_for.ts";
import { installAgents } from "./install.ts";
import { AgentLab } from "./lab.ts";

/** What an agent is known to write, for what no prompt's text shows. */
export interface SmokeRecords {
  /** In the transcript. */
  readonly interrupted: RegExp;
  readonly error: RegExp;
  /** The hook events of the whole run, each at least once; none for an agent without hooks. */
  readonly hooks: readonly string[];
}

/** A busy machine takes its time, in milliseconds. */
const LIMIT_MS = 60_000;

/** Registers the test that the real agent does in the lab what the lab promises. */
export async function smokeTest(agent: AgentId, records: SmokeRecords): Promise<void> {
  const agents = await installAgents();
  const name = `${agent} in the lab: text, approvals, interrupt, error, a new conversation`;
  Deno.test({
    ...skipWhen(name, agents.missing),
    async fn(t) {
      await using lab = await AgentLab.open(agents, { logHooks: true });
      const { model, place } = lab;
      const pane = await lab.start(agent);
      const made = (file: string) => exists(`${place.workspace}/${file}`);
      // Each step builds on those before it.
      const step = async (name: string, run: () => Promise<void>) => {
        if (!await t.step(name, run)) throw new Error(`${agent} failed at: ${name}`);
      };
      const halfSaid = (gate: string) =>
        waitFor(() => model.isWaiting(gate), {
          what: `${agent} to hear half the answer`,
          deadlineMs: LIMIT_MS,
        });

      await step("answers with text", async () => {
        await pane.prompt("first [[say:FIRST answer]]");
        await pane.recorded(/"FIRST answer"/);
        const [request] = model.main(agent, "first");
        assertEquals(request?.prompt, "first [[say:FIRST answer]]");
        assertEquals(request?.outcome, "done");
        await pane.sawIdle();
      });

      await step("runs a command that is allowed", async () => {
        const file = `${place.workspace}/allowed`;
        await pane.prompt(`second [[note:I look.]] [[tool:touch ${file}]] [[say:SECOND answer]]`);
        await pane.sawAsking();
        assert(!await made("allowed"));
        await pane.allow();
        await pane.recorded(/"SECOND answer"/);
        assert(await made("allowed"));
        assertEquals(model.main(agent, "second").map((asked) => asked.toolResults.length), [0, 1]);
        await pane.sawIdle();
      });

      await step("does not run a command that is denied", async () => {
        await pane.prompt(`third [[tool:touch ${place.workspace}/denied]] [[say:THIRD answer]]`);
        await pane.sawAsking();
        await pane.deny();
        await pane.sawIdle();
        assert(!await made("denied"));
      });

      await step("stops when it is interrupted", async () => {
        await pane.prompt("fourth [[slow:gate]] [[say:one two three four]]");
        await halfSaid("gate");
        await pane.interrupt();
        await pane.recorded(records.interrupted);
        const [request] = model.main(agent, "fourth");
        const what = "the answer to be cut";
        await waitFor(() => request?.outcome === "aborted", { what, deadlineMs: LIMIT_MS });
      });

      await step("finishes a slow answer once the test lets it", async () => {
        await pane.prompt("fifth [[slow:other gate]] [[say:five six seven eight]]");
        await halfSaid("other gate");
        model.release("other gate");
        await pane.recorded(/"five six seven eight"/);
        await pane.sawIdle();
      });

      await step("tells of the model's error", async () => {
        await pane.prompt("sixth [[error:400]]");
        await pane.recorded(records.error);
        await pane.sawIdle();
      });

      await step("begins a new conversation in the same pane", async () => {
        await pane.clear();
        await pane.prompt("seventh [[say:SEVENTH answer]]");
        await pane.recorded(/"SEVENTH answer"/);
        const [request] = model.main(agent, "seventh");
        assert(!JSON.stringify(request?.body).includes("FIRST answer"), "it was told the old one");
        await pane.sawIdle();
      });

      await step("ends", () => pane.quit());

      await step("its hooks say in which pane and which conversation", async () => {
        const calls = await lab.hooks.calls();
        const events = new Set(calls.map(({ payload }) => payload.hook_event_name));
        assertEquals(records.hooks.filter((event) => !events.has(event)), []);
        assertEquals(new Set(calls.map((call) => call.pane)), new Set(calls.map(() => pane.id)));
        const sessions = new Set(calls.map(({ payload }) => payload["session_id"]));
        assertEquals(sessions.size, records.hooks.length === 0 ? 0 : 2);
      });
    },
  });
}

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}

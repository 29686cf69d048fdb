import { assert, assertEquals } from "@std/assert";
import { type AgentId, ProtocolError } from "@chatcode/protocol";
import { skipWhen } from "../../kit/testing/skip.ts";
import { AgentSite } from "./agent_site.ts";
import type { FollowedSession } from "./followed_session.ts";
import { installAgents } from "./install.ts";
import { AGENT_CLIS } from "./lab.ts";

const agents = await installAgents();

/** What would run if a guard failed; each prompt names a file of its own. */
const HOSTILE: readonly ((run: string) => string)[] = [
  (run) => `!${run}`,
  (run) => `!!${run}`,
  (run) => `  !${run}`,
  (run) => `\n!${run}`,
  (run) => `\x00!${run}`,
  (run) => `\x1b!${run}`,
  (run) => `\u202e!${run}`,
  (run) => `\u200b!${run}`,
  (run) => `！${run}`,
  (run) => `a\x1b[201~\r!${run}\r`,
  (run) => `a\x1b[201~\n!${run}\n`,
  (run) => `a\x9b201~\r!${run}\r`,
  (run) => `a\x1b\x1b[201~\r!${run}\r`,
  (run) => `a\x1b[20\x001~\r!${run}\r`,
  (run) => `a\x1b[2\x1b[201~01~\r!${run}\r`,
  (run) => `a\r!${run}\r`,
  (run) => `a\r\n!${run}\r\n`,
  (run) => `a\n\r!${run}\n\r`,
  (run) => `a\x03\x04!${run}\r`,
  (run) => `a\x15!${run}\r`,
  (run) => `a\x1a!${run}\r`,
  (run) => `a\x7f\x7f!${run}`,
  (run) => `a\x08\x08!${run}`,
  (run) => `a\x85!${run}\x85`,
  (run) => `a\x1b]0;t\x07!${run}\r`,
  (run) => `a\x1bP!${run}\x1b\\`,
  (run) => `a\x0b!${run}\x0c`,
  (run) => `a\t!${run}`,
  (run) => `a\u2028!${run}\u2029`,
  (run) => `a\u2066!${run}\u2069`,
  (run) => `\`${run}\``,
  (run) => `$(${run})`,
  (run) => `; ${run} ;`,
  (run) => `a && ${run}`,
  (run) => `-c ${run}`,
  (run) => `--dangerously-skip-permissions ${run}`,
  (run) => `-- ${run}`,
  (run) => `#{${run}} #(${run})`,
  (run) => `a ${run}\\`,
  () => "1",
  () => "3",
  () => "y",
  () => "yes",
  () => "/exit",
  () => "/quit",
  () => " /exit",
  () => "\x00/exit",
  () => "/permissions",
  (run) => `/bash ${run}`,
  () => "exit",
  () => "?",
  () => "@",
  (run) => `x${"0123456789abcde\n".repeat(2_000)}!${run}`,
  (run) => `!${run} ${"x".repeat(60_000)}`,
];

for (const agent of Object.keys(AGENT_CLIS) as AgentId[]) {
  Deno.test({
    ...skipWhen(`${agent}: ${HOSTILE.length} hostile prompts run nothing`, agents.missing),
    async fn() {
      assert(HOSTILE.length >= 40);
      await using site = await AgentSite.open(agents);
      const session = await site.start(agent);
      const counts = { delivered: 0, changed: 0, refused: 0 };
      for (const [at, make] of HOSTILE.entries()) {
        const prompt = make(`touch ${site.workspace}/ran-${at}`);
        try {
          await session.idle();
          await send(session, prompt, counts);
        } catch (cause) {
          const name = JSON.stringify(prompt).slice(0, 120);
          throw new Error(`${agent} ${at} ${name}: ${cause}\n${await site.screens()}`, { cause });
        }
      }
      const left = [...Deno.readDirSync(site.workspace)].map(({ name }) => name);
      assertEquals(left.filter((name) => name.startsWith("ran-")), []);
      await session.idle();
      assertEquals((await session.prompt("fine [[say:STILL here]]")).outcome, "delivered");
      await session.turn((turn) => turn.kind === "final" && turn.text === "STILL here", "answer");
      assertEquals(session.now.agent, agent);
      console.log(`${agent}: ${JSON.stringify(counts)}`);
    },
  });
}

/** Delivered as it is but for the documented guards, or refused with a reason. */
async function send(
  session: FollowedSession,
  prompt: string,
  counts: { delivered: number; changed: number; refused: number },
): Promise<void> {
  const since = session.mark;
  try {
    const { outcome, changes } = await session.prompt(prompt);
    assertEquals(outcome, "delivered");
    const turn = await session.turn(({ kind }) => kind === "prompt", "prompt", since);
    assert(turn.kind === "prompt");
    // What was taken out are characters that show nothing; all that shows is there.
    assertEquals(visible(turn.text), visible(prompt));
    counts.delivered += 1;
    if (changes.length > 0) counts.changed += 1;
  } catch (error) {
    if (!(error instanceof ProtocolError) || error.code !== "PROMPT_REFUSED") throw error;
    counts.refused += 1;
  }
}

function visible(text: string): string {
  // deno-lint-ignore no-control-regex -- what a terminal would take for a sequence
  const sequences = /\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\))/g;
  return text.replace(sequences, "").replace(/[\p{C}\s]/gu, "");
}

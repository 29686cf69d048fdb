import { assertEquals } from "@std/assert";
import { AgentClis } from "./agent_clis.ts";

/** npm and the program it installs, as far as versions go. */
function machine(versions: { now: string | undefined; latest: string; works: boolean }) {
  const calls: string[] = [];
  let now = versions.now;
  return {
    calls,
    run: (argv: readonly string[]) => {
      const wanted = /@([^@]+)$/.exec(argv.at(-1) ?? "")?.[1];
      if (argv[0] === "npm" && wanted !== undefined) {
        calls.push(argv.at(-1) ?? "");
        now = wanted === "latest" ? (versions.works ? versions.latest : "broken") : wanted;
        return Promise.resolve({ ok: true, output: "" });
      }
      const ok = now !== undefined && now !== "broken";
      return Promise.resolve({ ok, output: ok ? `${now} (Agent)\n` : "not found\n" });
    },
  };
}

const CLI = { name: "claude", npm: "@anthropic-ai/claude-code" };

Deno.test("an agent is updated, or left when there is nothing newer, or not there", async () => {
  const newer = machine({ now: "1.0.0", latest: "1.1.0", works: true });
  const outcome = await new AgentClis("/home/me", newer.run).update(CLI);
  assertEquals(outcome, { state: "updated", from: "1.0.0 (Agent)", to: "1.1.0 (Agent)" });
  const same = machine({ now: "1.1.0", latest: "1.1.0", works: true });
  assertEquals(await new AgentClis("/home/me", same.run).update(CLI), { state: "current" });
  const none = machine({ now: undefined, latest: "1.1.0", works: true });
  assertEquals(await new AgentClis("/home/me", none.run).update(CLI), { state: "absent" });
  assertEquals(none.calls, [], "what the user has removed does not come back");
});

Deno.test("an agent that does not start after its update is put back", async () => {
  const broken = machine({ now: "1.0.0", latest: "1.1.0", works: false });
  const outcome = await new AgentClis("/home/me", broken.run).update(CLI);
  assertEquals(outcome.state, "rolled-back");
  assertEquals(broken.calls.at(-1), "@anthropic-ai/claude-code@1.0.0");
});

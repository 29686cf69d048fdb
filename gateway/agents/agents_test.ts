import { assertEquals } from "@std/assert";
import { agentId } from "@chatcode/protocol";
import { agentById, AGENTS } from "./agents.ts";
import { claude } from "./claude.ts";
import { codex } from "./codex.ts";
import { gemini } from "./gemini.ts";
import { opencode } from "./opencode.ts";

Deno.test("[AG1] every agent has an id and a binary of its own", () => {
  assertEquals(AGENTS.map(({ id }) => id), ["claude", "codex", "gemini", "opencode"]);
  assertEquals(new Set(AGENTS.map(({ binary }) => binary)).size, AGENTS.length);
  for (const agent of AGENTS) {
    assertEquals(agentId.parse(agent.id), agent.id);
    assertEquals(agentById(AGENTS, agent.id), agent);
  }
  assertEquals(agentById(AGENTS, "constructor"), undefined);
});

Deno.test("an agent's version is read from what it prints", () => {
  assertEquals(claude.versionOf("2.1.329 (Claude Code)\n"), "2.1.329");
  assertEquals(codex.versionOf("WARNING: something\ncodex-cli 0.169.0\n"), "0.169.0");
  assertEquals(gemini.versionOf("0.61.0\n"), "0.61.0");
  assertEquals(opencode.versionOf("1.18.33\n"), "1.18.33");
  for (const agent of AGENTS) {
    assertEquals(agent.versionOf("command not found"), undefined);
  }
});

Deno.test("an agent is started and resumed with what makes it followable", () => {
  assertEquals(claude.startArgv(), ["claude"]);
  assertEquals(claude.resumeArgv("id"), ["claude", "--resume", "id"]);
  const always = ["--no-daemon", "--no-alt-screen", "-c", "check_for_update_on_startup=false"];
  assertEquals(codex.startArgv(), ["codex", ...always]);
  assertEquals(codex.resumeArgv("id"), ["codex", "resume", ...always, "id"]);
  assertEquals(gemini.resumeArgv("id"), ["gemini", "--resume", "id"]);
  assertEquals(opencode.startArgv({ port: 4096 }), [
    "opencode",
    "--port",
    "4096",
    "--hostname",
    "127.0.0.1",
  ]);
  assertEquals(opencode.resumeArgv("id"), ["opencode", "--session", "id"]);
  assertEquals(claude.env.CLAUDE_CODE_NO_FLICKER, "0");
});

Deno.test("[PR3] no command that ends an agent or changes what it may do can be sent", () => {
  for (const agent of AGENTS) {
    for (const command of ["/exit", "/quit", "/permissions", "/approvals", "/config", "/mcp"]) {
      assertEquals(agent.slashCommands.includes(command), false);
    }
    assertEquals(agent.slashCommands.every((command) => /^\/[a-z]+$/.test(command)), true);
  }
});

Deno.test("whether one is signed in is told without the secret", async () => {
  const home = await Deno.makeTempDir();
  const write = async (path: string, value: unknown) => {
    const folder = `${home}/${path.slice(0, path.lastIndexOf("/"))}`;
    await Deno.mkdir(folder, { recursive: true });
    const text = typeof value === "string" ? value : JSON.stringify(value);
    await Deno.writeTextFile(`${home}/${path}`, text);
  };
  const states = async (env = {}) => {
    const all = AGENTS;
    const found = await Promise.all(all.map((agent) => agent.loginState({ HOME: home, ...env })));
    return found.map(({ state, how }) => how === undefined ? state : `${state} by ${how}`);
  };
  try {
    const claudeOut = Deno.build.os === "darwin" ? "unknown" : "signed-out";
    assertEquals(await states(), [claudeOut, "signed-out", "signed-out", "unknown"]);
    const keys = { ANTHROPIC_API_KEY: "k", OPENAI_API_KEY: "k", GEMINI_API_KEY: "k" };
    assertEquals((await states(keys)).slice(0, 3), Array(3).fill("signed-in by API key"));
    await write(".claude/.credentials.json", { claudeAiOauth: { refreshToken: "secret" } });
    await write(".codex/auth.json", { tokens: { refresh_token: "secret" } });
    await write(".gemini/settings.json", {
      security: { auth: { selectedType: "oauth-personal" } },
    });
    await write(".gemini/oauth_creds.json", { refresh_token: "secret" });
    await write(".local/share/opencode/auth.json", { anthropic: { key: "secret" } });
    assertEquals(await states(), [
      "signed-in by account",
      "signed-in by account",
      "signed-in by account",
      "signed-in by anthropic",
    ]);
    await write(".codex/auth.json", "{ damaged");
    await write(".codex/config.toml", 'model_provider = "own"\n');
    await Deno.remove(`${home}/.gemini/oauth_creds.json`);
    assertEquals((await states()).slice(1, 3), ["unknown", "signed-out"]);
  } finally {
    await Deno.remove(home, { recursive: true });
  }
});

import type { AgentCli } from "./agent_cli.ts";
import { filesBelow, writeJson, writeText } from "./files.ts";

const HOOKS = [
  "SessionStart",
  "UserPromptSubmit",
  "PreToolUse",
  "PermissionRequest",
  "PostToolUse",
  "Stop",
];

export const codexCli: AgentCli = {
  agent: "codex",
  command: ["codex", "--no-alt-screen"],

  env: () => ({ FAKE_MODEL_KEY: "fake" }),

  async prepare({ home, workspace, modelUrl }) {
    await writeText(
      `${home}/.codex/config.toml`,
      `model = "fake-model"
model_provider = "fake"
approval_policy = "on-request"
sandbox_mode = "workspace-write"
check_for_update_on_startup = false

# Else nothing is asked about where the lab itself lies in a folder for temporary files.
[sandbox_workspace_write]
exclude_slash_tmp = true
exclude_tmpdir_env_var = true

[analytics]
enabled = false

[features]
daemon_auto_start = false

[model_providers.fake]
name = "Fake"
base_url = "${modelUrl}/v1"
env_key = "FAKE_MODEL_KEY"
wire_api = "responses"
supports_websockets = false

[projects."${workspace}"]
trust_level = "trusted"
`,
    );
  },

  async registerHook({ home }, command) {
    const hooks = Object.fromEntries(
      HOOKS.map((event) => [event, [{ hooks: [{ type: "command", command }] }]]),
    );
    await writeJson(`${home}/.codex/hooks.json`, { hooks });
  },

  // The prompt box alone comes before the start-up questions; the model's name after them.
  ready: /Ask Codex[^]*fake-model/,
  // One key at a time: a key that comes too early is lost.
  startQuestions: [
    { seen: /Hooks need review[^]*› 1\./, keys: ["Down"] },
    { seen: /Hooks need review[^]*› 2\. Trust all/, keys: ["Enter"] },
  ],
  asking: /Would you like to run the following command\?/,
  working: /^[\u2800-\u28ff] /,
  keys: { allow: ["y"], deny: ["Escape"], interrupt: ["Escape"] },
  clear: "/new",
  quit: "/quit",

  transcripts: ({ home }) => filesBelow(`${home}/.codex/sessions`, /\/rollout-[^/]+\.jsonl$/),
  readTranscript: (path) => Deno.readTextFile(path),
};

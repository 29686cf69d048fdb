import type { AgentCli } from "./agent_cli.ts";
import { filesBelow, writeJson } from "./files.ts";

const KEY = "sk-ant-fake-0123456789abcdefghijklmnopqrstuvwxyz";
const HOOKS = [
  "SessionStart",
  "UserPromptSubmit",
  "PreToolUse",
  "PermissionRequest",
  "PostToolUse",
  "Notification",
  "Stop",
  "SessionEnd",
];

export const claudeCli: AgentCli = {
  agent: "claude",
  command: ["claude"],

  env: ({ modelUrl }) => ({ ANTHROPIC_BASE_URL: modelUrl, ANTHROPIC_API_KEY: KEY }),

  async prepare({ home, workspace }) {
    await writeJson(`${home}/.claude.json`, {
      hasCompletedOnboarding: true,
      hasSeenAutoDefaultNudge: true,
      customApiKeyResponses: { approved: [KEY.slice(-20)], rejected: [] },
      projects: { [workspace]: { hasTrustDialogAccepted: true } },
    });
    await writeJson(`${home}/.claude/settings.json`, { permissions: { defaultMode: "default" } });
  },

  async registerHook({ home }, command) {
    const path = `${home}/.claude/settings.json`;
    const settings = JSON.parse(await Deno.readTextFile(path));
    const hooks = Object.fromEntries(
      HOOKS.map((event) => [event, [{ hooks: [{ type: "command", command }] }]]),
    );
    await writeJson(path, { ...settings, hooks });
  },

  ready: /❯\u00a0/,
  startQuestions: [],
  asking: /Do you want to proceed\?/,
  working: /esc to interrupt/,
  keys: { allow: ["1"], deny: ["Escape"], interrupt: ["Escape"] },
  clear: "/clear",
  quit: "/exit",

  transcripts: ({ home }) => filesBelow(`${home}/.claude/projects`, /\/[^/]+\.jsonl$/),
  readTranscript: (path) => Deno.readTextFile(path),
};

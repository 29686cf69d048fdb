import type { AgentCli } from "./agent_cli.ts";
import { filesBelow, writeJson } from "./files.ts";

const HOOKS = [
  "SessionStart",
  "BeforeAgent",
  "BeforeTool",
  "AfterTool",
  "AfterAgent",
  "Notification",
  "SessionEnd",
];

export const geminiCli: AgentCli = {
  agent: "gemini",
  command: ["gemini"],

  env: ({ modelUrl }) => ({ GEMINI_API_KEY: "fake", GOOGLE_GEMINI_BASE_URL: modelUrl }),

  async prepare({ home, workspace }) {
    await writeJson(`${home}/.gemini/settings.json`, {
      security: { auth: { selectedType: "gemini-api-key" } },
      general: { enableAutoUpdate: false, enableAutoUpdateNotification: false },
      privacy: { usageStatisticsEnabled: false },
    });
    await writeJson(`${home}/.gemini/trustedFolders.json`, { [workspace]: "TRUST_FOLDER" });
  },

  async registerHook({ home }, command) {
    const path = `${home}/.gemini/settings.json`;
    const settings = JSON.parse(await Deno.readTextFile(path));
    const hooks = Object.fromEntries(
      HOOKS.map((event) => [event, [{ hooks: [{ type: "command", command }] }]]),
    );
    await writeJson(path, { ...settings, hooks });
  },

  ready: /Type your message/,
  startQuestions: [],
  asking: /Allow execution of/,
  working: /^✦|esc to cancel/,
  keys: { allow: ["1"], deny: ["Escape"], interrupt: ["Escape"] },
  clear: "/clear",
  quit: "/quit",

  transcripts: ({ home }) => filesBelow(`${home}/.gemini/tmp`, /\/chats\/session-[^/]+\.jsonl$/),
  readTranscript: (path) => Deno.readTextFile(path),
};

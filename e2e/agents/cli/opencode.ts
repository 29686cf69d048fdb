import { DatabaseSync } from "node:sqlite";
import type { AgentCli } from "./agent_cli.ts";
import { filesBelow, writeJson } from "./files.ts";

export const opencodeCli: AgentCli = {
  agent: "opencode",
  command: ["opencode"],

  env: () => ({
    OPENCODE_DISABLE_AUTOUPDATE: "1",
    OPENCODE_DISABLE_LSP_DOWNLOAD: "1",
    // It tries for seconds before it starts without the list.
    OPENCODE_DISABLE_MODELS_FETCH: "1",
  }),

  async prepare({ home, modelUrl }) {
    await writeJson(`${home}/.config/opencode/opencode.json`, {
      provider: {
        fake: {
          npm: "@ai-sdk/openai-compatible",
          name: "Fake",
          options: { baseURL: `${modelUrl}/v1`, apiKey: "fake" },
          models: {
            "fake-model": { name: "Fake Model", limit: { context: 200_000, output: 8_000 } },
          },
        },
      },
      model: "fake/fake-model",
      small_model: "fake/fake-model",
      permission: { bash: "ask", edit: "ask" },
      autoupdate: false,
      share: "disabled",
    });
  },

  // Its plugins need a registry; others follow it by its own port.
  registerHook: undefined,

  ready: /Ask anything|ctrl\+p commands/,
  startQuestions: [],
  asking: /Permission required/,
  working: /esc (again to )?interrupt/,
  keys: { allow: ["Enter"], deny: ["Escape"], interrupt: ["Escape"] },
  clear: "/new",
  quit: "/exit",

  transcripts: ({ home }) => filesBelow(`${home}/.local/share/opencode`, /\/opencode\.db$/),

  // deno-lint-ignore require-await -- the others read files
  async readTranscript(path) {
    using db = new DatabaseSync(path, { readOnly: true });
    const rows = ["message", "part"].flatMap((table) =>
      db.prepare(`select '${table}' as "table", * from ${table} order by id`)
        .all()
    );
    return rows.map((row) => JSON.stringify({ ...row, data: JSON.parse(String(row["data"])) }))
      .join("\n");
  },
};

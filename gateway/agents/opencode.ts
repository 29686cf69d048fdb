import type { Agent, Env, LoginState, StartOptions } from "./agent.ts";
import type { ScreenApproval } from "./approval.ts";
import { openCodeDatabase } from "./opencode/database.ts";
import { readEvent } from "./opencode/events.ts";
import { OpenCodeReader } from "./opencode/reader.ts";
import { OpenCodeServer, portIn } from "./opencode/server.ts";
import { readJson } from "./own_files.ts";

/** OpenCode 1.18.33. */
export const opencode: Agent = {
  id: "opencode",
  name: "OpenCode",
  binary: "opencode",
  versionArgs: ["--version"],
  versionOf: (stdout) => /^(\d+\.\d+\.\d+\S*)\s*$/m.exec(stdout)?.[1],

  startArgv: (options) => ["opencode", ...flags(options)],
  resumeArgv: (conversation, options) => ["opencode", "--session", conversation, ...flags(options)],
  conversationId: /^ses_\w+$/,
  signInCommand: ["opencode", "auth", "login"],
  env: {},
  server: {
    passwordVariable: "OPENCODE_SERVER_PASSWORD",
    portIn,
    connect: (options) => new OpenCodeServer(options),
  },

  // The first in an empty conversation only, the second below every one.
  ready: /Ask anything|ctrl\+p commands/,
  interruptKeys: ["Escape", "Escape"],
  whileBusy: "queues",
  slashCommands: ["/compact", "/help", "/init", "/models", "/new", "/redo", "/undo"],

  transcripts: (env) => openCodeDatabase(`${home(env)}/opencode.db`),
  newReader: (conversation) => new OpenCodeReader(conversation),
  readHook: readEvent,
  readApproval,
  loginState,
};

function flags({ port }: StartOptions = {}): string[] {
  return port === undefined ? [] : ["--port", `${port}`, "--hostname", "127.0.0.1"];
}

function home(env: Env): string {
  return `${env.XDG_DATA_HOME || `${env.HOME}/.local/share`}/opencode`;
}

/** Only while the three buttons are seen; the first is chosen when they appear. */
function readApproval(screen: string): ScreenApproval | undefined {
  const lines = screen.split("\n");
  const at = lines.findLastIndex((line) => /△\s+Permission required/.test(line));
  const below = lines.slice(at + 1);
  if (at < 0 || !below.some((line) => /Allow once\s+Allow always\s+Reject/.test(line))) {
    return undefined;
  }
  return {
    question: "Permission required",
    answers: [
      { scope: "once", label: "Allow once", keys: ["Enter"] },
      { scope: "deny", label: "Reject", keys: ["Escape"] },
    ],
  };
}

async function loginState(env: Env): Promise<LoginState> {
  const accounts = Object.keys(await readJson(`${home(env)}/auth.json`) ?? {});
  if (accounts.length > 0) return { state: "signed-in", how: accounts.slice(0, 3).join(", ") };
  // Providers may take keys from the environment, from its own settings, or need none.
  return { state: "unknown" };
}

import type { Agent, Env, LoginState, ProcessNews } from "./agent.ts";
import { type ApprovalAnswer, type MenuOption, readMenu, type ScreenApproval } from "./approval.ts";
import { readHook } from "./claude/hooks.ts";
import { ClaudeReader } from "./claude/reader.ts";
import { UUID } from "./conversation_id.ts";
import { loose, textOf, timeOf } from "./loose.ts";
import { readJson } from "./own_files.ts";

/** Claude Code 2.1.329. */
export const claude: Agent = {
  id: "claude",
  name: "Claude Code",
  binary: "claude",
  npm: "@anthropic-ai/claude-code",
  versionArgs: ["--version"],
  versionOf: (stdout) => /(\d+\.\d+\.\d+\S*) \(Claude Code\)/.exec(stdout)?.[1],

  startArgv: () => ["claude"],
  resumeArgv: (conversation) => ["claude", "--resume", conversation],
  conversationId: UUID,
  signInCommand: ["claude", "/login"],
  env: {
    // Off the alternate screen, which has no history.
    CLAUDE_CODE_NO_FLICKER: "0",
    // It takes itself for a part of another Claude Code when these are inherited.
    CLAUDECODE: undefined,
    CLAUDE_CODE_CHILD_SESSION: undefined,
    CLAUDE_CODE_ENTRYPOINT: undefined,
  },

  ready: /❯\u00a0/,
  interruptKeys: ["Escape"],
  whileBusy: "queues",
  slashCommands: [
    "/clear",
    "/compact",
    "/context",
    "/cost",
    "/help",
    "/init",
    "/model",
    "/review",
    "/status",
    "/usage",
  ],

  transcripts: (env) => ({
    kind: "files",
    root: `${home(env)}/projects`,
    depth: 1,
    // Subagents' transcripts lie deeper and have other names.
    matches: (path, conversation) =>
      conversation === undefined
        ? /^[^/]+\/[0-9a-f-]{36}\.jsonl$/.test(path)
        : path.endsWith(`/${conversation}.jsonl`),
  }),
  newReader: (conversation) => new ClaudeReader(conversation),
  readHook,
  isSameTool: (asked, told) => asked === told,
  hooks: {
    path: (env) => `${home(env)}/settings.json`,
    events: [
      "SessionStart",
      "UserPromptSubmit",
      "PermissionRequest",
      "PostToolUse",
      "PostToolUseFailure",
      "Notification",
      "Stop",
      "StopFailure",
      "SessionEnd",
    ],
    timeout: 5, // seconds
  },
  readApproval,
  processFile: {
    path: (pid, env) => `${home(env)}/sessions/${pid}.json`,
    read: readProcess,
  },
  loginState,
};

function home(env: Env): string {
  return env.CLAUDE_CONFIG_DIR || `${env.HOME}/.claude`;
}

function readApproval(screen: string): ScreenApproval | undefined {
  const menu = readMenu(screen, /^[\s│]*Do you want to .*\?/);
  if (menu === undefined) return undefined;
  const answers = menu.options.flatMap(answerOf);
  answers.push({ scope: "deny", label: "Cancel", keys: ["Escape"] });
  return { question: menu.question, answers };
}

function answerOf({ number, label }: MenuOption): ApprovalAnswer[] {
  if (label === "Yes") return [{ scope: "once", label, keys: [number] }];
  if (!label.startsWith("Yes,")) return [];
  const scope = /\bduring this session\b|\bfor this session\b/.test(label) ? "session" : "always";
  return [{ scope, label, keys: [number] }];
}

function readProcess(record: unknown): ProcessNews | undefined {
  const { sessionId, cwd, status, tmux } = loose(record);
  const conversation = textOf(sessionId);
  if (conversation === "") return undefined;
  const pane = /\.(%\d+)$/.exec(textOf(tmux))?.[1];
  return {
    conversation,
    cwd: textOf(cwd),
    status: status === "busy" || status === "idle" || status === "waiting" ? status : "unknown",
    ...(pane !== undefined && { pane }),
  };
}

async function loginState(env: Env): Promise<LoginState> {
  if (env.ANTHROPIC_API_KEY || env.ANTHROPIC_AUTH_TOKEN) {
    return { state: "signed-in", how: "API key" };
  }
  if (env.CLAUDE_CODE_OAUTH_TOKEN) return { state: "signed-in", how: "token" };
  const account = loose((await readJson(`${home(env)}/.credentials.json`))?.claudeAiOauth);
  if (textOf(account.refreshToken) !== "" || timeOf(account.expiresAt) > Date.now()) {
    return { state: "signed-in", how: "account" };
  }
  // On macOS the credentials are in the keychain, which only the user may open.
  return { state: Deno.build.os === "darwin" ? "unknown" : "signed-out" };
}

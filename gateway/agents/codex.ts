import type { Agent, Env, LoginState } from "./agent.ts";
import { type ApprovalAnswer, type MenuOption, readMenu, type ScreenApproval } from "./approval.ts";
import { readHook as readNamedHook } from "./claude/hooks.ts";
import { CodexReader } from "./codex/reader.ts";
import { UUID } from "./conversation_id.ts";
import type { HookNews } from "./hook_news.ts";
import { loose, textOf } from "./loose.ts";
import { readJson } from "./own_files.ts";

const FLAGS = [
  // The shared server runs every hook with the first pane's environment and outlives the pane.
  "--no-daemon",
  "--no-alt-screen",
  "-c",
  "check_for_update_on_startup=false",
];
/** In the first record of a thread. */
const SUBAGENT = /"thread_source":"(?!user")|"source":\{"subagent"/;

/** Codex 0.169.0. */
export const codex: Agent = {
  id: "codex",
  name: "Codex",
  binary: "codex",
  npm: "@openai/codex",
  versionArgs: ["--version"],
  versionOf: (stdout) => /^codex-cli (\S+)/m.exec(stdout)?.[1],

  startArgv: () => ["codex", ...FLAGS],
  resumeArgv: (conversation) => ["codex", "resume", ...FLAGS, conversation],
  conversationId: UUID,
  signInCommand: ["codex", "login"],
  env: {},

  ready: /Ask Codex/,
  interruptKeys: ["Escape"],
  whileBusy: "steers",
  slashCommands: ["/compact", "/diff", "/init", "/model", "/new", "/review", "/status"],

  transcripts: (env) => ({
    kind: "files",
    root: `${home(env)}/sessions`,
    depth: 3,
    matches: (path, conversation) =>
      conversation === undefined
        ? /(^|\/)rollout-[^/]+\.jsonl$/.test(path)
        : path.endsWith(`-${conversation}.jsonl`),
    isSubagents: (head) => SUBAGENT.test(head),
  }),
  newReader: (conversation) => new CodexReader(conversation),
  readHook,
  hooks: {
    // It runs them once the user has trusted them, for which it asks at its next start.
    path: (env) => `${home(env)}/hooks.json`,
    events: ["SessionStart", "UserPromptSubmit", "PermissionRequest", "PostToolUse", "Stop"],
    timeout: 5, // seconds
  },
  // It blinks.
  titles: { waiting: /^\[ [!. ] \] Action Required/ },
  readApproval,
  loginState,
};

function home(env: Env): string {
  return env.CODEX_HOME || `${env.HOME}/.codex`;
}

/** Hooks, and what `notify` hands over; its thread may be an internal one that has no session. */
function readHook(payload: unknown): HookNews | undefined {
  const notice = loose(payload);
  if (notice.type !== "agent-turn-complete") return readNamedHook(payload);
  const conversation = textOf(notice["thread-id"]);
  if (conversation === "") return undefined;
  const [cwd, text] = [textOf(notice.cwd), textOf(notice["last-assistant-message"])];
  return {
    conversation,
    ...(cwd !== "" && { cwd }),
    kind: "stopped",
    ...(text !== "" && { text }),
  };
}

function readApproval(screen: string): ScreenApproval | undefined {
  const menu = readMenu(screen, /^\s*Would you like to .*\?/);
  if (menu === undefined) return undefined;
  return { question: menu.question, answers: menu.options.flatMap(answerOf) };
}

function answerOf({ label, shortcut }: MenuOption): ApprovalAnswer[] {
  if (shortcut === undefined) return [];
  const keys = [shortcut === "esc" ? "Escape" : shortcut];
  if (label.startsWith("No,")) return [{ scope: "deny", label, keys }];
  if (/^Yes(, proceed)?$/.test(label)) return [{ scope: "once", label, keys }];
  const session = /\b(this session|for this conversation)\b/.test(label);
  return [{ scope: session ? "session" : "always", label, keys }];
}

async function loginState(env: Env): Promise<LoginState> {
  const auth = await readJson(`${home(env)}/auth.json`);
  if (textOf(loose(auth?.tokens).refresh_token) !== "") {
    return { state: "signed-in", how: "account" };
  }
  if (env.OPENAI_API_KEY || env.CODEX_API_KEY || textOf(auth?.OPENAI_API_KEY) !== "") {
    return { state: "signed-in", how: "API key" };
  }
  // A provider of the user's own may need no key, or take it from anywhere.
  const config = await Deno.readTextFile(`${home(env)}/config.toml`).catch(() => "");
  return { state: /^\s*model_provider\s*=/m.test(config) ? "unknown" : "signed-out" };
}

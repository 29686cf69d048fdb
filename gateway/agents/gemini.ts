import type { Agent, Env, LoginState } from "./agent.ts";
import { type ApprovalAnswer, type MenuOption, readMenu, type ScreenApproval } from "./approval.ts";
import { UUID } from "./conversation_id.ts";
import { GeminiReader } from "./gemini/reader.ts";
import { approvalOf, readPayload } from "./hook_payload.ts";
import type { HookFact, HookNews } from "./hook_news.ts";
import { type Loose, loose, textOf } from "./loose.ts";
import { readJson } from "./own_files.ts";
import { oneLine, toolSummary } from "./tool_text.ts";

/** Gemini CLI 0.61.0. */
export const gemini: Agent = {
  id: "gemini",
  name: "Gemini CLI",
  binary: "gemini",
  versionArgs: ["--version"],
  versionOf: (stdout) => /^(\d+\.\d+\.\d+\S*)\s*$/m.exec(stdout)?.[1],

  startArgv: () => ["gemini"],
  resumeArgv: (conversation) => ["gemini", "--resume", conversation],
  conversationId: UUID,
  signInCommand: ["gemini"],
  env: {},

  ready: /Type your message/,
  interruptKeys: ["Escape"],
  whileBusy: "queues",
  slashCommands: ["/about", "/clear", "/compress", "/help", "/init", "/model", "/stats"],

  transcripts: (env) => ({
    kind: "files",
    root: `${home(env)}/tmp`,
    depth: 2,
    // The name has only the first letters of the id: the first record tells the rest.
    matches: (path, conversation) =>
      /^[^/]+\/chats\/session-[^/]+\.jsonl$/.test(path) &&
      (conversation === undefined || path.endsWith(`-${conversation.slice(0, 8)}.jsonl`)),
  }),
  newReader: (conversation) => new GeminiReader(conversation),
  readHook,
  hooks: {
    path: (env) => `${home(env)}/settings.json`,
    events: [
      "SessionStart",
      "BeforeAgent",
      "AfterTool",
      "AfterAgent",
      "Notification",
      "SessionEnd",
    ],
    timeout: 5_000, // milliseconds
  },
  titles: { waiting: /^✋/, idle: /^◇/, busy: /^✦/ },
  readApproval,
  loginState,
};

function home(env: Env): string {
  return `${env.GEMINI_CLI_HOME || env.HOME}/.gemini`;
}

function readHook(payload: unknown): HookNews | undefined {
  return readPayload(payload, factOf);
}

function factOf(payload: Loose): HookFact | undefined {
  const tool = textOf(payload.tool_name);
  const cwd = textOf(payload.cwd);
  switch (payload.hook_event_name) {
    case "SessionStart":
      return { kind: "session-start", source: textOf(payload.source) };
    case "BeforeAgent":
      return { kind: "prompt", text: textOf(payload.prompt) };
    case "BeforeTool":
      return { kind: "tool-start", tool, summary: toolSummary(loose(payload.tool_input), cwd) };
    case "AfterTool":
      return { kind: "tool-end", tool, ok: loose(payload.tool_response).error === undefined };
    case "AfterAgent":
      // `prompt_response` runs all texts of the exchange together: not what was said last.
      return { kind: "stopped" };
    case "SessionEnd":
      return { kind: "session-end", reason: textOf(payload.reason) };
    case "Notification":
      return notificationOf(payload, cwd);
    default:
      return undefined;
  }
}

function notificationOf(payload: Loose, cwd: string): HookFact {
  const type = textOf(payload.notification_type);
  const text = textOf(payload.message);
  if (type !== "ToolPermission") return { kind: "notification", type, text };
  const { type: asked, title, ...details } = loose(payload.details);
  const tool = textOf(details.toolName) || textOf(asked);
  const approval = approvalOf(tool, details, cwd);
  const named = textOf(details.command) || textOf(details.filePath) || textOf(details.fileName);
  return named === "" ? { ...approval, summary: oneLine(textOf(title) || text) } : approval;
}

const QUESTION =
  /^[\s│]*(Allow execution of .*|Apply this change|Do you want to proceed|Allow .*)\?/;

function readApproval(screen: string): ScreenApproval | undefined {
  const menu = readMenu(screen, QUESTION);
  if (menu === undefined) return undefined;
  return { question: menu.question, answers: menu.options.flatMap(answerOf) };
}

function answerOf({ number, label, shortcut }: MenuOption): ApprovalAnswer[] {
  if (label === "Allow once") return [{ scope: "once", label, keys: [number] }];
  if (label === "Allow for this session") return [{ scope: "session", label, keys: [number] }];
  if (label.startsWith("No,") && shortcut === "esc") {
    return [{ scope: "deny", label, keys: ["Escape"] }];
  }
  return label.startsWith("Allow ") ? [{ scope: "always", label, keys: [number] }] : [];
}

async function loginState(env: Env): Promise<LoginState> {
  const settings = await readJson(`${home(env)}/settings.json`);
  const chosen = textOf(loose(loose(settings?.security).auth).selectedType);
  if (chosen === "oauth-personal") {
    const credentials = await readJson(`${home(env)}/oauth_creds.json`);
    const signedIn = textOf(credentials?.refresh_token) !== "";
    return signedIn ? { state: "signed-in", how: "account" } : { state: "signed-out" };
  }
  if (env.GEMINI_API_KEY) return { state: "signed-in", how: "API key" };
  // Keys may also lie in a keychain or in an .env file of any folder above.
  return { state: chosen === "" ? "signed-out" : "unknown" };
}

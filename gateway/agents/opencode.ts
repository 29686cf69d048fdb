import type { Agent, Env, LoginState, StartOptions } from "./agent.ts";
import type { ScreenApproval } from "./approval.ts";
import { approvalOf } from "./hook_payload.ts";
import type { HookFact, HookNews } from "./hook_news.ts";
import { isLoose, listOf, type Loose, loose, textOf } from "./loose.ts";
import { OpenCodeReader } from "./opencode/reader.ts";
import { readJson } from "./own_files.ts";
import { toolSummary } from "./tool_text.ts";

/** OpenCode 1.18.33. */
export const opencode: Agent = {
  id: "opencode",
  name: "OpenCode",
  binary: "opencode",
  versionArgs: ["--version"],
  versionOf: (stdout) => /^(\d+\.\d+\.\d+\S*)\s*$/m.exec(stdout)?.[1],

  startArgv: (options) => ["opencode", ...flags(options)],
  resumeArgv: (conversation, options) => ["opencode", "--session", conversation, ...flags(options)],
  env: {},
  serverPasswordVariable: "OPENCODE_SERVER_PASSWORD",

  readyText: "Ask anything",
  newCommand: "/new",
  quitCommand: "/exit",
  slashCommands: ["/compact", "/help", "/init", "/models", "/new", "/redo", "/undo"],

  transcripts: (env) => ({ kind: "database", path: `${home(env)}/opencode.db` }),
  newReader: (conversation) => new OpenCodeReader(conversation),
  readHook,
  readApproval,
  loginState,
  // It trusts every folder.
  trustFolder: () => undefined,
};

function flags(options: StartOptions = {}): string[] {
  const port = options.port === undefined
    ? []
    : ["--port", `${options.port}`, "--hostname", "127.0.0.1"];
  const model = options.model === undefined ? [] : ["--model", options.model];
  return [...port, ...model, ...options.extra ?? []];
}

function home(env: Env): string {
  return `${env.XDG_DATA_HOME || `${env.HOME}/.local/share`}/opencode`;
}

/** Events of `GET /event`; they take the place of hooks. */
function readHook(event: unknown): HookNews | undefined {
  if (!isLoose(event)) return undefined;
  const properties = loose(event.properties);
  const conversation = textOf(properties.sessionID) || textOf(loose(properties.info).id);
  const fact = conversation === "" ? undefined : factOf(textOf(event.type), properties);
  const cwd = textOf(loose(properties.info).directory);
  return fact === undefined ? undefined : { conversation, ...(cwd !== "" && { cwd }), ...fact };
}

function factOf(type: string, properties: Loose): HookFact | undefined {
  switch (type) {
    case "session.created":
      // A session with a parent is a subagent's.
      return textOf(loose(properties.info).parentID) === ""
        ? { kind: "session-start", source: "startup" }
        : undefined;
    case "message.part.updated":
      return toolFact(loose(properties.part));
    case "permission.asked":
      return {
        ...approvalOf(
          textOf(properties.permission),
          { patterns: listOf(properties.patterns), ...loose(properties.metadata) },
          undefined,
        ),
        requestId: textOf(properties.id),
      };
    case "permission.replied":
      return {
        kind: "approval-answered",
        requestId: textOf(properties.requestID) || textOf(properties.permissionID),
      };
    case "session.idle":
      return { kind: "stopped" };
    case "session.error": {
      const error = loose(properties.error);
      if (error.name === "MessageAbortedError") return undefined;
      return { kind: "stopped", error: textOf(loose(error.data).message) || textOf(error.name) };
    }
    case "session.deleted":
      return { kind: "session-end", reason: "deleted" };
    default:
      return undefined;
  }
}

function toolFact(part: Loose): HookFact | undefined {
  if (part.type !== "tool") return undefined;
  const { status, input } = loose(part.state);
  const tool = textOf(part.tool);
  switch (status) {
    case "running":
      return { kind: "tool-start", tool, summary: toolSummary(loose(input), undefined) };
    case "completed":
    case "error":
      return { kind: "tool-end", tool, ok: status === "completed" };
    default:
      return undefined;
  }
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

import type { Turn } from "@chatcode/protocol";
import type { Agent, Env, ProcessNews } from "../../agents/agent.ts";
import { readMenu, type ScreenApproval } from "../../agents/approval.ts";
import { readHook } from "../../agents/claude/hooks.ts";
import { UUID } from "../../agents/conversation_id.ts";
import { ExchangeReader } from "../../agents/exchange_reader.ts";
import { type Loose, loose, textOf, timeOf } from "../../agents/loose.ts";

/**
 * A made-up agent, whose program is `program.ts`. It is nobody's default: tests hand it to a gateway,
 * and show with it that an agent is one file.
 */
export const parrot: Agent = {
  id: "parrot",
  name: "Parrot",
  binary: "parrot",
  versionArgs: ["--version"],
  versionOf: (stdout) => /^parrot (\S+)$/m.exec(stdout)?.[1],

  startArgv: () => ["parrot"],
  resumeArgv: (conversation) => ["parrot", "--resume", conversation],
  conversationId: UUID,
  signInCommand: ["parrot", "login"],
  env: { PARROT_STARTED_BY: "chatcode" },

  ready: /parrot❯/,
  interruptKeys: ["Escape"],
  whileBusy: "queues",
  slashCommands: ["/clear"],

  transcripts: (env) => ({
    kind: "files",
    root: `${home(env)}/talks`,
    depth: 1,
    matches: (path, conversation) =>
      conversation === undefined
        ? /^[^/]+\/[0-9a-f-]{36}\.jsonl$/.test(path)
        : path.endsWith(`/${conversation}.jsonl`),
  }),
  newReader: (conversation) => new ParrotReader(conversation),
  readHook,
  hooks: {
    path: (env) => `${home(env)}/settings.json`,
    events: ["SessionStart", "UserPromptSubmit", "PermissionRequest", "PostToolUse", "Stop"],
    timeout: 5,
  },
  titles: { waiting: /^parrot asks$/, busy: /^parrot works$/, idle: /^parrot rests$/ },
  readApproval,
  processFile: { path: (pid, env) => `${home(env)}/live/${pid}.json`, read: readNote },

  loginState: (env) =>
    Promise.resolve(env.PARROT_KEY ? { state: "signed-in", how: "key" } : { state: "unknown" }),
};

function home(env: Env): string {
  return `${env.HOME}/.parrot`;
}

function readApproval(screen: string): ScreenApproval | undefined {
  const menu = readMenu(screen, /^May I run .*\?$/);
  if (menu === undefined) return undefined;
  const scopes = ["once", "session", "deny"] as const;
  return {
    question: menu.question,
    answers: menu.options.flatMap(({ number, label }, at) => {
      const scope = scopes[at];
      return scope === undefined ? [] : [{ scope, label, keys: [number] }];
    }),
  };
}

function readNote(record: unknown): ProcessNews | undefined {
  const { conversation, cwd, status } = loose(record);
  if (textOf(conversation) === "") return undefined;
  return {
    conversation: textOf(conversation),
    cwd: textOf(cwd),
    status: status === "busy" || status === "idle" || status === "waiting" ? status : "unknown",
  };
}

class ParrotReader extends ExchangeReader {
  protected override read(record: Loose): Turn[] | undefined {
    const id = textOf(record.id);
    const atMs = timeOf(record.at);
    switch (record.type) {
      case "session":
        this.conversationId ??= id || undefined;
        this.folder ??= textOf(record.cwd) || undefined;
        return [];
      case "user":
        return this.exchange.prompt(id, atMs, textOf(record.text));
      case "text":
        return this.exchange.say(id, atMs, textOf(record.text));
      case "tool": {
        const name = textOf(record.name);
        if (record.state === "running") {
          return this.exchange.startTool({ id, atMs, name, summary: textOf(record.command) });
        }
        return this.exchange.endTool(id, { ok: record.state === "ok", output: "squawk" });
      }
      case "done":
        return this.exchange.end();
      case "error":
        return this.exchange.fail(id, atMs, textOf(record.text));
      case "interrupted":
        return this.exchange.interrupt(id, atMs);
      default:
        return undefined;
    }
  }
}

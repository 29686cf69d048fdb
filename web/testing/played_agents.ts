import {
  type Agent,
  type Approval,
  type ApprovalOutcome,
  type ErrorCode,
  type Frame,
  type FrameOf,
  type MethodName,
  type MethodResult,
  methods,
  type Session,
  type SessionId,
  type Turn,
  type UsageRow,
} from "@chatcode/protocol";

/**
 * The agents of a played machine: they say what a test tells them to say, take prompts into their
 * one conversation, and end an approval as it is answered.
 */
export class PlayedAgents {
  list: Agent[] = [
    playedAgent("claude", "Claude Code", { version: "2.1.0", hooks: "absent" }),
    playedAgent("codex", "Codex", {
      version: "0.63.0",
      signedIn: "no",
      signInCommand: ["codex", "login"],
    }),
    playedAgent("gemini", "Gemini CLI", { installed: false, signedIn: "unknown" }),
    playedAgent("opencode", "OpenCode", { version: "1.0.9", signedIn: "unknown" }),
  ];
  /** The one conversation. */
  conversation = "talk-1";
  turns: Turn[] = [];
  usage: UsageRow[] = [];
  /** How the next prompt ends. */
  nextPrompt: { refuse: ErrorCode; message: string } | { changes: string[]; queued?: boolean } = {
    changes: [],
  };
  /** While set, prompts are accepted, and answered when it settles. */
  holdPrompts: Promise<void> | undefined;
  readonly prompts: string[] = [];
  /** Of each prompt. */
  readonly promptFiles: string[][] = [];
  /** Of each request that changes something. */
  readonly keys: (string | undefined)[] = [];
  interrupts = 0;
  readonly #sessions: Map<SessionId, Session>;
  readonly #tellAll: (event: string, payload: unknown) => void;

  constructor(
    sessions: Map<SessionId, Session>,
    tellAll: (event: string, payload: unknown) => void,
  ) {
    this.#sessions = sessions;
    this.#tellAll = tellAll;
  }

  /** Says or amends a turn in the conversation of `session`. */
  say(session: string, turn: Turn): void {
    const place = this.turns.findIndex(({ id }) => id === turn.id);
    if (place < 0) this.turns.push(turn);
    else this.turns[place] = turn;
    this.#tell(session, turn);
  }

  /** Another conversation begins, as by `/clear`. */
  begin(conversation: string): void {
    this.conversation = conversation;
    this.turns = [];
  }

  ask(session: string, approval: Approval): void {
    this.#change(session, (it) => ({
      status: "waiting",
      approvals: [...it.approvals ?? [], approval],
    }));
  }

  end(session: string, id: string, outcome: ApprovalOutcome): void {
    this.#change(session, (it) => ({
      status: "working",
      approvals: (it.approvals ?? []).filter((approval) => approval.id !== id),
    }));
    const { host } = this.#session(session);
    this.#tellAll("approval", { host, session, id, outcome });
  }

  setStatus(session: string, status: Session["status"]): void {
    this.#change(session, () => ({ status }));
  }

  async answer(req: FrameOf<"req">, say: (frame: Frame) => void): Promise<void> {
    const { id } = req;
    const reply = <M extends MethodName>(_: M, payload: MethodResult<M>) =>
      say({ type: "res", id, ok: true, payload });
    const refuse = (code: ErrorCode, message: string) =>
      say({ type: "res", id, ok: false, error: { code, message } });
    if (req.idempotencyKey !== undefined) this.keys.push(req.idempotencyKey);
    switch (req.method) {
      case "agents.list":
        return reply("agents.list", { agents: this.list });
      case "agents.preview-hooks": {
        const { agent } = methods["agents.preview-hooks"].params.parse(req.params);
        return reply("agents.preview-hooks", { file: `~/.${agent}/settings.json`, diff: HOOKS });
      }
      case "agents.change-hooks": {
        const params = methods["agents.change-hooks"].params.parse(req.params);
        const hooks = params.action === "install" ? "installed" : "absent";
        this.list = this.list.map((agent) =>
          agent.id === params.agent ? { ...agent, hooks } : agent
        );
        const agent = this.list.find((agent) => agent.id === params.agent) as Agent;
        return reply("agents.change-hooks", { agent });
      }
      case "turns.list": {
        const { before, limit } = methods["turns.list"].params.parse(req.params);
        const end = before === undefined ? this.turns.length : Number(before);
        const start = Math.max(0, end - limit);
        return reply("turns.list", {
          conversation: this.conversation,
          turns: this.turns.slice(start, end),
          ...(start > 0 && { older: String(start) }),
        });
      }
      case "prompts.send": {
        const { session, text, files = [] } = methods["prompts.send"].params.parse(req.params);
        say({ type: "res", id, ok: true, accepted: true });
        await this.holdPrompts;
        const next = this.nextPrompt;
        if ("refuse" in next) return refuse(next.refuse, next.message);
        this.prompts.push(text);
        this.promptFiles.push(files);
        const turn: Turn = {
          id: `prompt-${this.prompts.length}`,
          rev: 0,
          atMs: Date.now(),
          kind: "prompt",
          text,
        };
        const { changes, queued } = next;
        reply(
          "prompts.send",
          queued === true ? { outcome: "queued", changes } : {
            outcome: "delivered",
            turn: turn.id,
            changes,
          },
        );
        return queued === true ? undefined : this.say(session, turn);
      }
      case "prompts.interrupt": {
        const { session } = methods["prompts.interrupt"].params.parse(req.params);
        this.interrupts += 1;
        reply("prompts.interrupt", {});
        this.setStatus(session, "idle");
        const id = `interrupted-${this.interrupts}`;
        return this.say(session, { id, rev: 0, atMs: Date.now(), kind: "interrupted" });
      }
      case "approvals.answer": {
        const params = methods["approvals.answer"].params.parse(req.params);
        const { session, approval, verdict } = params;
        const open = this.#session(session).approvals?.some(({ id }) => id === approval);
        if (!open) return refuse("APPROVAL_GONE", "This is no longer asked");
        const outcome = verdict === "deny" ? "denied" : "allowed";
        reply("approvals.answer", { outcome });
        return this.end(session, approval, outcome);
      }
      case "usage.query": {
        const { from, to } = methods["usage.query"].params.parse(req.params);
        const rows = this.usage.filter(({ day }) => from <= day && day <= to);
        return reply("usage.query", { rows, truncated: false });
      }
      default:
        return refuse("UNKNOWN_METHOD", "There is no such method");
    }
  }

  #tell(session: string, turn: Turn): void {
    const { host, agent = "claude" } = this.#session(session);
    this.#tellAll("turn", { host, session, agent, conversation: this.conversation, turn });
  }

  #change(session: string, change: (session: Session) => Partial<Session>): void {
    const changed = { ...this.#session(session), ...change(this.#session(session)) };
    this.#sessions.set(changed.id, changed);
    this.#tellAll("session", { host: changed.host, ended: false, session: changed });
  }

  #session(id: string): Session {
    const session = this.#sessions.get(id as SessionId);
    if (session === undefined) throw new Error(`Cannot play the session "${id}": there is none`);
    return session;
  }
}

export function playedAgent(
  id: Agent["id"],
  name: string,
  change: Partial<Agent> = {},
): Agent {
  return {
    id,
    name,
    installed: true,
    signedIn: "yes",
    hooks: "installed",
    slashCommands: ["/clear", "/compact", "/model", "/cost"],
    ...change,
  };
}

export function playedApproval(id: string, change: Partial<Approval> = {}): Approval {
  return {
    id,
    tool: "Bash",
    subject: "rm -rf build && npm run build -- --verbose",
    cwd: "/home/ada/work/api",
    askedAtMs: Date.now(),
    verdicts: ["allow", "allow-session", "deny"],
    ...change,
  };
}

const HOOKS = `--- a/settings.json
+++ b/settings.json
@@ -1,3 +1,8 @@
 {
-  "theme": "dark"
+  "theme": "dark",
+  "hooks": {
+    "Stop": [{ "command": "~/.local/share/chatcode/hook.sh stop" }],
+    "Notification": [{ "command": "~/.local/share/chatcode/hook.sh ask" }]
+  }
 }
`;

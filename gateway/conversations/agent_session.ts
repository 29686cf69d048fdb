import type { Log } from "@chatcode/kit";
import type { AgentId, Approval, SessionStatus, Turn } from "@chatcode/protocol";
import type { Agent, Env, ProcessNews } from "../agents/agent.ts";
import type { HookNews } from "../agents/hook_news.ts";
import { AgentServer } from "./agent_server.ts";
import type { AgentProcess } from "./agent_process.ts";
import {
  type ApprovalEnd,
  Approvals,
  type OpenApproval,
  UNKNOWN,
  UNKNOWN_TOOL,
} from "./approvals.ts";
import { Conversation } from "./conversation.ts";
import type { Outbox, Outgoing } from "./outbox.ts";
import { questionText } from "./question_text.ts";
import type { Memo } from "./memo.ts";
import { hasTitle, readTitle, type TitleState } from "./pane_title.ts";
import type { Bound } from "./which_transcript.ts";

export interface AgentSessionOptions {
  readonly session: string;
  readonly agent: Agent;
  readonly process: AgentProcess;
  readonly env: Env;
  readonly outbox: Outbox;
  readonly log: Log;
  /** The visible screen: of a question that nothing else tells of, what it says. */
  readonly screen: () => Promise<string>;
  /** Whether a conversation in a database is the user's own, not a subagent's. */
  readonly isMain: (conversation: string) => boolean;
  /** Status or approvals may be others now. */
  readonly onChange: () => void;
  readonly onTurn: (turn: Turn, outgoing: Outgoing | undefined) => void;
  readonly onApprovalEnd: (end: ApprovalEnd) => void;
}

type Activity = "working" | "idle";

/** What a title or a note says is left to the transcript, which says more, in milliseconds. */
const GUESS_AFTER_MS = 100;
/** And to a hook, where there are hooks. */
const HOOK_AFTER_MS = 1_600;
/** A title that says idle for so long says that the exchange is over, in milliseconds. */
const FINISH_AFTER_MS = 1_300;
/** And if a text was the last that it wrote. */
const FINISH_ANSWERED_MS = 300;
const FINISH_LOOK_MS = 100;
const RECENT_MS = 15_000;
/** A prompt is news for so long, in milliseconds. */
const NEW_MS = 3_000;

/** The agent that runs in one session now: its conversation, its status, what it asks. */
export class AgentSession implements AsyncDisposable {
  readonly approvals: Approvals;
  readonly #options: AgentSessionOptions;
  readonly #listeners = new Set<(turn: Turn) => void>();
  #conversation: Conversation | undefined;
  /** The conversations before, which may still have a word to read. */
  readonly #earlier = new Set<Promise<void>>();
  #activity: Activity | undefined;
  #note: ProcessNews | undefined;
  #title: TitleState | undefined;
  #titleText = "";
  #titleReadMs = 0;
  #guessing: ReturnType<typeof setTimeout> | undefined;
  #runningTool: (Turn & { kind: "tool" }) | undefined;
  #cwd: string | undefined;
  #isReady = false;
  /** A hook has told something, so hooks are there. */
  #hooksSeen = false;
  #hasSpoken = false;
  /** A hook told that the exchange is over. */
  #isStopped = false;
  #server: AgentServer | undefined;
  #process: AgentProcess;
  #changedAtMs = Date.now();

  constructor(options: AgentSessionOptions) {
    this.#options = options;
    this.#process = options.process;
    this.approvals = new Approvals({
      onChange: () => this.#changed(),
      onEnd: options.onApprovalEnd,
    });
  }

  get agent(): Agent {
    return this.#options.agent;
  }

  get agentId(): AgentId {
    return this.#options.agent.id;
  }

  get process(): AgentProcess {
    return this.#process;
  }

  /** The same process, of which more is known. */
  setProcess(process: AgentProcess): void {
    this.#process = process;
  }

  /** The agent's own server, where it has one that can be reached. */
  get server(): AgentServer | undefined {
    return this.#server;
  }

  /** What the agent's server tells. It knows the conversations of this process alone. */
  listenTo(port: number, password: string | undefined): void {
    const { agent, log, isMain } = this.#options;
    this.#server ??= new AgentServer({
      ...{ agent, port, password, log },
      onNews: (news) => {
        const { conversation } = news;
        // What a subagent does is a part of what its agent does.
        const isOurs = isMain(conversation);
        if (!isOurs && (news.kind === "stopped" || news.kind === "session-start")) return;
        const place = agent.transcripts(this.#options.env);
        if (isOurs && place.kind === "database") {
          this.bind({ conversation, transcript: place.path });
        }
        this.hook(news, Date.now());
      },
    });
  }

  /** Whether it has taken a prompt before. */
  get hasSpoken(): boolean {
    return this.#hasSpoken;
  }

  /** Whether its pane's title tells something. */
  get hasTitle(): boolean {
    return hasTitle(this.agentId);
  }

  /** Whether something happened a moment ago. */
  get isRecent(): boolean {
    return Date.now() - this.#changedAtMs < RECENT_MS;
  }

  /** For the gateway after this one. */
  get memo(): Memo {
    const { pid, startedAtMs } = this.#process;
    const conversation = this.#conversation;
    return {
      ...{ pid, startedAtMs, hooksSeen: this.#hooksSeen, hasSpoken: this.#hasSpoken },
      ...(conversation !== undefined &&
        { conversation: conversation.id, transcript: conversation.transcript }),
      ...(this.#activity !== undefined && { activity: this.#activity }),
      approvals: this.approvals.open.map(({ answered: _, ...approval }) => ({ ...approval })),
    };
  }

  restore(memo: Omit<Memo, "approvals"> & { approvals: readonly OpenApproval[] }): void {
    this.#hooksSeen = memo.hooksSeen;
    this.#hasSpoken = memo.hasSpoken;
    this.#activity = memo.activity;
    this.approvals.restore(memo.approvals);
    const { conversation, transcript } = memo;
    if (conversation !== undefined && transcript !== undefined) {
      this.bind({ conversation, transcript });
    }
  }

  get conversation(): Conversation | undefined {
    return this.#conversation;
  }

  get hooksSeen(): boolean {
    return this.#hooksSeen;
  }

  /** SPEC [SE2]. By files, hooks and process facts, the newest of them. */
  get status(): SessionStatus {
    if (this.approvals.open.length > 0) return "waiting";
    if (this.#note?.status === "waiting" || this.#title === "waiting") return "waiting";
    if (this.#note?.status === "busy") return "working";
    if (this.#note?.status === "idle") return "idle";
    if (this.#title === "busy") return "working";
    if (this.#activity !== undefined) return this.#activity;
    return this.#isReady ? "idle" : "starting";
  }

  get wireApprovals(): Approval[] {
    return this.approvals.wire;
  }

  /** The screen showed the sign of readiness. */
  setReady(): void {
    if (this.#isReady) return;
    this.#isReady = true;
    this.#changed();
  }

  /** Each turn as it is read, also one told before. */
  onTurn(listener: (turn: Turn) => void): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) };
  }

  /** Follows this conversation from now on. */
  bind({ conversation, transcript }: Bound): void {
    const now = this.#conversation;
    // A file holds one conversation, whatever it is called.
    const isSame = now?.transcript === transcript &&
      (now.kind === "files" || now.id === conversation);
    if (isSame) return;
    const { agent, env, outbox, log } = this.#options;
    const process = this.#process;
    if (now !== undefined) {
      // `/clear` or the like: the exchange there is over, and so is what it asked.
      this.approvals.endAll("elsewhere");
      this.#setActivity("idle");
      const ended = now.end();
      this.#earlier.add(ended);
      ended.finally(() => this.#earlier.delete(ended));
    }
    log.debug("conversation.bound", { session: this.#options.session, agent: agent.id });
    const next: Conversation = this.#conversation = Conversation.follow({
      agent,
      id: conversation,
      transcript,
      kind: agent.transcripts(env).kind,
      outbox,
      sinceMs: process.startedAtMs,
      log,
      onTurn: (turn, outgoing) => this.#turnSeen(next, turn, outgoing),
      onCaughtUp: () => this.#caughtUp(next),
    });
  }

  /** What the agent's hook told, or its event stream. */
  hook(news: HookNews, atMs: number): void {
    this.#hooksSeen = true;
    this.#isReady = true;
    if (news.kind !== "notification" && news.kind !== "approval-answered") this.#isStopped = false;
    if (news.cwd !== undefined) this.#cwd = news.cwd;
    switch (news.kind) {
      case "session-start":
        this.approvals.endAll("elsewhere");
        this.#setActivity("idle");
        break;
      case "prompt":
        this.approvals.endAll("elsewhere");
        this.#setActivity("working");
        break;
      case "tool-start":
        this.#setActivity("working");
        break;
      case "tool-end":
        this.approvals.toolEnded(news.tool);
        this.#setActivity("working");
        break;
      case "approval-asked":
        this.#setActivity("working");
        this.approvals.ask(news, { atMs, cwd: this.#cwd });
        break;
      case "approval-answered":
        this.approvals.endRequest(news.requestId);
        break;
      case "stopped":
        this.approvals.endAll("elsewhere");
        this.#setActivity("idle");
        this.#isStopped = true;
        this.#finishSoon();
        break;
      case "session-end":
        this.approvals.endAll("elsewhere");
        this.#setActivity("idle");
        break;
      case "notification":
        break;
      default:
        news satisfies never;
    }
    this.#conversation?.poke();
    this.#changed();
  }

  /** What the process wrote down of itself. */
  setNote(note: ProcessNews | undefined): void {
    const before = this.#note?.status;
    this.#note = note;
    if (before === note?.status) return;
    if (before === "waiting") this.approvals.endAll("elsewhere");
    if (note?.status === "waiting") this.#guessSoon();
    if (note?.status === "idle" || note?.status === "busy") this.#isReady = true;
    this.#conversation?.poke();
    this.#changed();
  }

  /** The pane's title. */
  setTitle(text: string): void {
    this.#titleReadMs = performance.now();
    if (text === this.#titleText) return;
    this.#titleText = text;
    const before = this.#title;
    const now = this.#title = readTitle(this.agentId, text);
    if (before === now) return;
    if (before === "waiting") this.approvals.endAll("elsewhere");
    if (now === "waiting") this.#guessSoon();
    if (now === "busy") this.#setActivity("working");
    if (now === "idle" && before !== undefined) {
      this.#isReady = true;
      this.#setActivity("idle");
      // What it wrote last is read first.
      this.#conversation?.poke();
      this.#finishSoon();
    }
    this.#changed();
  }

  /** The process is gone; its last words are read. */
  async end(): Promise<void> {
    this.#stop();
    this.approvals.endAll("expired");
    await this.#server?.[Symbol.asyncDispose]();
    await this.#conversation?.end();
    await Promise.all(this.#earlier);
  }

  /** The gateway stops; the agent runs on. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop();
    await this.#server?.[Symbol.asyncDispose]();
    await this.#conversation?.[Symbol.asyncDispose]();
    await Promise.all(this.#earlier);
  }

  #stop(): void {
    clearTimeout(this.#guessing);
    clearTimeout(this.#finishing);
    this.#listeners.clear();
  }

  #finishing: ReturnType<typeof setTimeout> | undefined;

  /** The transcript may be behind the title or the hook: it is read on first. */
  #finishSoon(): void {
    clearTimeout(this.#finishing);
    const sinceMs = performance.now();
    const look = () => {
      if (this.#title !== "idle" && !this.#isStopped) return;
      const isSure = this.#isStopped || this.#titleReadMs > sinceMs;
      const isAnswered = isSure && this.#conversation?.isAnswered === true;
      if (!isAnswered && performance.now() - sinceMs < FINISH_AFTER_MS) {
        this.#finishing = setTimeout(look, FINISH_LOOK_MS);
        return;
      }
      this.#conversation?.finish();
      this.#setActivity("idle");
    };
    this.#finishing = setTimeout(look, FINISH_ANSWERED_MS);
  }

  /** It waits by its own word: unless somebody tells for what, the last tool it began is meant. */
  #guessSoon(): void {
    clearTimeout(this.#guessing);
    const afterMs = this.#hooksSeen ? HOOK_AFTER_MS : GUESS_AFTER_MS;
    this.#guessing = setTimeout(() => void this.#guess(), afterMs);
  }

  async #guess(): Promise<void> {
    const isWaiting = () => this.#note?.status === "waiting" || this.#title === "waiting";
    if (!isWaiting()) return;
    const shown = this.#runningTool === undefined
      ? questionText(await this.#options.screen().catch(() => ""), this.agent)
      : undefined;
    if (!isWaiting()) return;
    const tool = this.#runningTool;
    this.approvals.guess({
      tool: tool?.name ?? UNKNOWN_TOOL,
      subject: tool?.summary || shown || UNKNOWN,
      atMs: Date.now(),
      cwd: this.#cwd,
    });
  }

  #turnSeen(from: Conversation, turn: Turn, outgoing: Outgoing | undefined): void {
    if (from !== this.#conversation) return this.#options.onTurn(turn, outgoing);
    if (turn.kind === "tool") {
      if (turn.state === "running") {
        this.#runningTool = turn;
        this.approvals.explain(turn.name, turn.summary);
      } else if (this.#runningTool?.id === turn.id) this.#runningTool = undefined;
    }
    if (turn.kind === "prompt") {
      this.#hasSpoken = true;
      this.#isStopped = false;
      // What the process wrote down of itself is read now and then only: it works already.
      const isNew = outgoing !== undefined && Date.now() - turn.atMs < NEW_MS;
      if (isNew && this.#note?.status === "idle") this.#note = { ...this.#note, status: "busy" };
    }
    this.approvals.turnSeen(turn);
    this.#options.onTurn(turn, outgoing);
    for (const listener of [...this.#listeners]) listener(turn);
  }

  #caughtUp(from: Conversation): void {
    if (from !== this.#conversation) return;
    // Only a hook or a title tells when Gemini is done: its transcript stays open.
    if (from.isBusy && this.#isStopped) {
      this.#finishSoon(); // what was said last came after the word that it was the last
    } else if (from.isBusy) {
      this.#setActivity("working");
      if (this.#title === "idle") this.#finishSoon();
    } else if (this.#activity === "working" || this.#activity === undefined) {
      this.#setActivity("idle");
    }
    this.#changed();
  }

  #changed(): void {
    this.#changedAtMs = Date.now();
    this.#options.onChange();
  }

  #setActivity(activity: Activity): void {
    if (this.#activity === activity) return;
    this.#activity = activity;
    this.#changed();
  }
}

import type { Log } from "@chatcode/kit";
import type { AgentId, Approval, SessionStatus, Turn } from "@chatcode/protocol";
import type { Agent, Env, ProcessNews } from "../agents/agent.ts";
import type { AgentServer } from "../agents/agent_server.ts";
import type { HookNews } from "../agents/hook_news.ts";
import { AgentFacts, type KnownFacts } from "./agent_facts.ts";
import type { AgentProcess } from "./agent_process.ts";
import type { ApprovalEnd, Approvals } from "./approvals.ts";
import { BoundConversation } from "./bound_conversation.ts";
import type { Conversation } from "./conversation.ts";
import type { Outbox, Outgoing } from "./outbox.ts";
import type { Bound } from "./which_transcript.ts";

export interface AgentSessionOptions {
  readonly session: string;
  readonly process: AgentProcess;
  readonly env: Env;
  readonly outbox: Outbox;
  readonly log: Log;
  /** The visible screen: of a question that nothing else tells of, what it says. */
  readonly screen: () => Promise<string>;
  /** Status or approvals may be others now. */
  readonly onChange: () => void;
  readonly onTurn: (turn: Turn, outgoing: Outgoing | undefined) => void;
  readonly onApprovalEnd: (end: ApprovalEnd) => void;
}

/** What an earlier gateway knew. */
export interface KnownSession extends KnownFacts {
  readonly conversation?: string | undefined;
  readonly transcript?: string | undefined;
}

/** The agent that runs in one session now: its conversation, its status, what it asks. */
export class AgentSession implements AsyncDisposable {
  readonly #options: AgentSessionOptions;
  readonly #facts: AgentFacts;
  readonly #bound: BoundConversation;
  readonly #listeners = new Set<(turn: Turn) => void>();
  #server: AgentServer | undefined;
  #process: AgentProcess;

  constructor(options: AgentSessionOptions) {
    this.#options = options;
    this.#process = options.process;
    const { env, outbox, log, screen, onChange, onApprovalEnd } = options;
    const { agent, startedAtMs } = options.process;
    this.#facts = new AgentFacts({
      ...{ agent, screen, onChange, onApprovalEnd },
      conversation: () => this.#bound.current,
    });
    this.#bound = new BoundConversation({
      ...{ agent, env, outbox, log, sinceMs: startedAtMs },
      onTurn: (turn, told) => this.#turnSeen(turn, told),
      onCaughtUp: (conversation) => this.#facts.caughtUp(conversation),
    });
  }

  get agent(): Agent {
    return this.#process.agent;
  }

  get agentId(): AgentId {
    return this.agent.id;
  }

  get process(): AgentProcess {
    return this.#process;
  }

  /** The same process, of which more is known. */
  setProcess(process: AgentProcess): void {
    this.#process = process;
  }

  get conversation(): Conversation | undefined {
    return this.#bound.current;
  }

  /** The agent's own server, where it has one that can be reached. */
  get server(): AgentServer | undefined {
    return this.#server;
  }

  get approvals(): Approvals {
    return this.#facts.approvals;
  }

  get wireApprovals(): Approval[] {
    return this.approvals.wire;
  }

  /** SPEC [SE2]. */
  get status(): SessionStatus {
    return this.#facts.status;
  }

  get hooksSeen(): boolean {
    return this.#facts.hooksSeen;
  }

  /** Whether it has taken a prompt before. */
  get hasSpoken(): boolean {
    return this.#facts.hasSpoken;
  }

  /** Whether something happened a moment ago. */
  get isRecent(): boolean {
    return this.#facts.isRecent;
  }

  /** For the gateway after this one. */
  get known(): KnownSession {
    const { conversation } = this;
    return {
      ...this.#facts.known,
      conversation: conversation?.id,
      transcript: conversation?.transcript,
    };
  }

  restore(known: KnownSession): void {
    this.#facts.restore(known);
    const { conversation, transcript } = known;
    if (conversation !== undefined && transcript !== undefined) {
      this.bind({ conversation, transcript });
    }
  }

  /** Each turn as it is read, also one told before. */
  onTurn(listener: (turn: Turn) => void): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) };
  }

  /** Follows this conversation from now on. */
  bind(bound: Bound): void {
    if (this.#bound.isSame(bound)) return;
    if (this.conversation !== undefined) this.#facts.conversationLeft();
    const { session, log } = this.#options;
    log.debug("conversation.bound", { session, agent: this.agentId });
    this.#bound.switchTo(bound);
  }

  /** Hears what the agent's own server tells, if it has one. */
  listen(password: string | undefined): void {
    const { agent, argv } = this.#process;
    const port = agent.server?.portIn(argv);
    if (port === undefined || this.#server !== undefined) return;
    const { log } = this.#options;
    this.#server = agent.server?.connect({
      ...{ port, password, log },
      onNews: (news) => this.#serverTold(news),
    });
  }

  /** What the agent's hook told. */
  hook(news: HookNews, atMs: number): void {
    this.#facts.hook(news, atMs);
  }

  /** What the process wrote down of itself. */
  setNote(note: ProcessNews | undefined): void {
    this.#facts.noteRead(note);
  }

  /** The pane's title. */
  setTitle(text: string): void {
    this.#facts.titleSeen(text);
  }

  /** The screen showed the sign of readiness. */
  setReady(): void {
    this.#facts.setReady();
  }

  /** The process is gone; its last words are read. */
  async end(): Promise<void> {
    this.#stop();
    this.approvals.endAll("expired");
    await this.#server?.[Symbol.asyncDispose]();
    await this.#bound.end();
  }

  /** The gateway stops; the agent runs on. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop();
    await this.#server?.[Symbol.asyncDispose]();
    await this.#bound[Symbol.asyncDispose]();
  }

  #stop(): void {
    this.#facts[Symbol.dispose]();
    this.#listeners.clear();
  }

  #turnSeen(
    turn: Turn,
    { outgoing, isCurrent }: { outgoing: Outgoing | undefined; isCurrent: boolean },
  ): void {
    if (isCurrent) this.#facts.turnSeen(turn, { isNew: outgoing !== undefined });
    this.#options.onTurn(turn, outgoing);
    if (!isCurrent) return;
    for (const listener of [...this.#listeners]) listener(turn);
  }

  /** The server knows the conversations of this process alone. */
  #serverTold(news: HookNews): void {
    const { conversation } = news;
    const place = this.agent.transcripts(this.#options.env);
    const isUsers = place.kind === "files" ||
      place.stored({ sinceMs: 0, conversation }).length > 0;
    // What a subagent does is a part of what its agent does.
    if (!isUsers && (news.kind === "stopped" || news.kind === "session-start")) return;
    if (isUsers && place.kind === "database") this.bind({ conversation, transcript: place.path });
    this.hook(news, Date.now());
  }
}

import type { Log } from "@chatcode/kit";
import { verdict } from "@chatcode/protocol";
import type { Env } from "../agents/agent.ts";
import { answerFor } from "../agents/approval.ts";
import type { HookCall } from "../hooks/spool.ts";
import type { ProcessTable } from "../host/process_table.ts";
import type { TmuxSession } from "../tmux/sessions.ts";
import type { AgentProcess } from "./agent_process.ts";
import { AgentSession } from "./agent_session.ts";
import { SCOPES } from "./answering.ts";
import type { ApprovalEnd } from "./approvals.ts";
import type { Memos } from "./memo.ts";
import type { Outbox } from "./outbox.ts";
import {
  type Bound,
  findEcho,
  findOwnTranscript,
  locate,
  readProcessNote,
} from "./which_transcript.ts";

export interface FollowedSessionOptions {
  readonly tmux: TmuxSession;
  readonly process: AgentProcess;
  readonly env: Env;
  readonly outbox: Outbox;
  readonly memos: Memos;
  /** Of the agent's own server, where it has one. */
  readonly serverPassword: () => string | undefined;
  readonly log: Log;
  readonly screen: (pane: string) => Promise<string>;
  /** Transcripts of other sessions. */
  readonly taken: () => ReadonlySet<string>;
  readonly onChange: () => void;
  /** There is a turn to send. */
  readonly onOutgoing: () => void;
  readonly onApprovalEnd: (end: ApprovalEnd) => void;
}

/** Between two searches for another transcript than the one that is followed, in milliseconds. */
const SEARCH_AGAIN_MS = 5_000;

/** Keeps one session's agent true to the facts: its transcript, its note, its screen. */
export class FollowedSession implements AsyncDisposable {
  readonly agentSession: AgentSession;
  readonly #options: FollowedSessionOptions;
  #pane: string;
  /** A search is under way. */
  #searching = false;
  #searchedAtMs = 0;
  #isOver = false;

  constructor(options: FollowedSessionOptions) {
    this.#options = options;
    const { tmux, process, env, outbox, memos, log, screen, onApprovalEnd } = options;
    this.#pane = tmux.pane;
    const agentSession: AgentSession = this.agentSession = new AgentSession({
      ...{ session: tmux.id, process, env, outbox, log, onApprovalEnd },
      screen: () => screen(this.#pane),
      onChange: () => {
        if (!this.#isOver) memos.save(tmux.id, agentSession);
        options.onChange();
      },
      onTurn: (_turn, outgoing) => {
        if (outgoing !== undefined) options.onOutgoing();
      },
    });
    memos.restore(tmux.id, agentSession);
    if (agentSession.agent.server !== undefined) agentSession.listen(options.serverPassword());
  }

  get pane(): string {
    return this.#pane;
  }

  /** Whether titles and notes may tell something soon. */
  get isWorthLooking(): boolean {
    return this.agentSession.status !== "idle" || this.agentSession.isRecent;
  }

  /** What tmux and the process table say of it now. */
  seen(tmux: TmuxSession, process: AgentProcess, table: ProcessTable): void {
    const { agentSession } = this;
    this.#pane = tmux.pane;
    if (agentSession.process.pids.length !== process.pids.length) agentSession.setProcess(process);
    agentSession.setTitle(tmux.paneTitle);
    void this.#search(table);
  }

  /** Looks at what changes while an agent works; `title` is its pane's. */
  async look(title: string | undefined): Promise<void> {
    const { agentSession } = this;
    if (title !== undefined) agentSession.setTitle(title);
    if (agentSession.agent.processFile !== undefined) await this.#readNote();
    if (agentSession.approvals.open.length > 0) await this.#offer();
  }

  /** A hook told something. */
  hook(call: HookCall): void {
    const { agentSession } = this;
    const news = agentSession.agent.readHook(call.payload);
    if (news === undefined) return;
    // What a process that is gone left behind says nothing of this one.
    if (call.atMs < agentSession.process.startedAtMs - 1_000) return;
    agentSession.hook(news, call.atMs);
    if (news.kind === "session-end") return;
    const { conversation, transcript } = news;
    if (transcript !== undefined) agentSession.bind({ conversation, transcript });
    else void this.#locate(conversation);
  }

  /** A prompt was typed, and its transcript is not known for sure. */
  async echo(typed: { text: string; sinceMs: number }): Promise<void> {
    const { env, taken } = this.#options;
    this.#bindFree(await findEcho({ agent: this.agentSession.agent, env, taken: taken() }, typed));
  }

  /** The agent is gone; its last words are read. */
  async end(): Promise<void> {
    this.#isOver = true;
    await this.agentSession.end();
  }

  /** The gateway stops; the agent runs on. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.agentSession[Symbol.asyncDispose]();
  }

  /** One search at a time; never in the way of a look. */
  async #search(table: ProcessTable): Promise<void> {
    const { agentSession } = this;
    if (this.#searching) return;
    this.#searching = true;
    try {
      if (agentSession.status === "starting") await this.#checkReady();
      if (agentSession.agent.processFile !== undefined) await this.#readNote();
      const { conversation } = agentSession;
      const waitMs = conversation === undefined ? 0 : SEARCH_AGAIN_MS;
      // A hook has the last word on which conversation it is.
      if (agentSession.hooksSeen && conversation !== undefined) return;
      if (Date.now() - this.#searchedAtMs < waitMs) return;
      this.#searchedAtMs = Date.now();
      this.#bind(await this.#find(table));
    } catch (error) {
      const { log, tmux } = this.#options;
      log.warn("conversation.search_failed", { session: tmux.id, error });
    } finally {
      this.#searching = false;
    }
  }

  #find(table: ProcessTable): Promise<Bound | undefined> {
    const { env, taken } = this.#options;
    const { agent, process, conversation } = this.agentSession;
    const current = conversation === undefined
      ? undefined
      : { conversation: conversation.id, transcript: conversation.transcript };
    return findOwnTranscript({ agent, process, env, table, taken: taken(), current });
  }

  async #readNote(): Promise<void> {
    const { agentSession } = this;
    const { agent, process } = agentSession;
    const note = await readProcessNote(agent, process, this.#options.env);
    agentSession.setNote(note);
    if (note !== undefined && note.conversation !== agentSession.conversation?.id) {
      await this.#locate(note.conversation);
    }
  }

  async #locate(conversation: string): Promise<void> {
    const { env } = this.#options;
    this.#bind(await locate({ agent: this.agentSession.agent, env }, conversation));
  }

  /** While it was searched for, another session may have found it to be its own. */
  #bindFree(found: Bound | undefined): void {
    if (found === undefined) return;
    const { taken, env } = this.#options;
    const { kind } = this.agentSession.agent.transcripts(env);
    const key = kind === "database" ? found.conversation : found.transcript;
    if (!taken().has(key)) this.#bind(found);
  }

  #bind(found: Bound | undefined): void {
    if (found !== undefined && !this.#isOver) this.agentSession.bind(found);
  }

  async #checkReady(): Promise<void> {
    const screen = await this.#options.screen(this.#pane).catch(() => "");
    if (this.agentSession.agent.ready.test(screen)) this.agentSession.setReady();
  }

  /** Which answers there are, the screen knows; whether it waits, it is not asked. */
  async #offer(): Promise<void> {
    const { agent, approvals } = this.agentSession;
    const shown = agent.readApproval(await this.#options.screen(this.#pane));
    const newest = approvals.open.at(-1);
    if (shown === undefined || newest === undefined) return;
    const verdicts = verdict.options.filter((each) => answerFor(shown, SCOPES[each]) !== undefined);
    approvals.offer(newest.id, { verdicts, question: shown.question });
  }
}

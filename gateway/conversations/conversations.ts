import type { Log } from "@chatcode/kit";
import {
  type AgentId,
  type EventPayload,
  type HostId,
  type Session,
  type SessionId,
  type Turn,
  verdict,
} from "@chatcode/protocol";
import type { Agent, Env } from "../agents/agent.ts";
import { answerFor } from "../agents/approval.ts";
import { AGENTS } from "../agents/agents.ts";
import type { HookCall } from "../hooks/spool.ts";
import type { Secrets } from "../host/secrets.ts";
import { type ProcessTable, readProcessTable } from "../host/process_table.ts";
import type { TmuxSession } from "../tmux/sessions.ts";
import { portIn } from "./agent_server.ts";
import { type AgentProcess, findAgentProcess } from "./agent_process.ts";
import { AgentSession } from "./agent_session.ts";
import { SCOPES } from "./answering.ts";
import { Memos } from "./memo.ts";
import { Post } from "./post.ts";
import { isMainSession } from "./opencode_sessions.ts";
import {
  findEcho,
  findOwnTranscript,
  locate,
  readProcessNote,
  type Search,
} from "./which_transcript.ts";

export interface ConversationsOptions {
  readonly host: HostId;
  /** For outboxes and memos; made if it is missing. */
  readonly folder: string;
  /** The user's environment: where agents keep their files. */
  readonly env: Env;
  readonly log: Log;
  readonly connected: () => boolean;
  readonly sendTurn: (payload: EventPayload<"turn">) => void;
  readonly sendApproval: (payload: EventPayload<"approval">) => void;
  /** A session's status or approvals changed: look at the sessions soon. */
  readonly onChange: () => void;
  /** The visible screen of a pane; for readiness and approvals only. */
  readonly screen: (pane: string) => Promise<string>;
  readonly secrets: Secrets;
  /** Pane titles by pane. */
  readonly titles: () => Promise<ReadonlyMap<string, string>>;
  /** For tests: other agents. */
  readonly agents?: Readonly<Record<AgentId, Agent>>;
}

interface Followed {
  readonly agentSession: AgentSession;
  pane: string;
  /** A search is under way. */
  searching: boolean;
  searchedAtMs: number;
}

/** Between two searches for another transcript than the one that is followed, in milliseconds. */
const SEARCH_AGAIN_MS = 5_000;
/** Between two looks at titles and notes while an agent works, in milliseconds. */
const TICK_MS = 300;

/** Which agent runs in each session, and what it says, does and asks. */
export class Conversations implements AsyncDisposable {
  readonly #options: ConversationsOptions;
  readonly #agents: Readonly<Record<AgentId, Agent>>;
  readonly #post: Post;
  readonly #memos: Memos;
  readonly #followed = new Map<string, Followed>();
  readonly #panes = new Map<string, string>();
  /** Calls for panes that were not seen yet. */
  #early: HookCall[] = [];
  readonly #ending = new Set<Promise<void>>();
  readonly #timer: ReturnType<typeof setInterval>;
  #ticking = false;
  #disposed = false;

  private constructor(options: ConversationsOptions) {
    this.#options = options;
    this.#agents = options.agents ?? AGENTS;
    Deno.mkdirSync(options.folder, { recursive: true, mode: 0o700 });
    this.#post = new Post({
      folder: options.folder,
      connected: options.connected,
      send: (session, outgoing) =>
        options.sendTurn({ host: options.host, session: session as SessionId, ...outgoing }),
    });
    this.#memos = new Memos(options.folder);
    this.#timer = setInterval(() => void this.#tick(), TICK_MS);
  }

  /** @throws whatever the file system says if the folder cannot be used */
  static open(options: ConversationsOptions): Conversations {
    return new Conversations(options);
  }

  get(session: string): AgentSession | undefined {
    return this.#followed.get(session)?.agentSession;
  }

  paneOf(session: string): string | undefined {
    return this.#followed.get(session)?.pane;
  }

  /** Takes up what runs in the sessions now, and tells of each what the wire wants to know. */
  async annotate(sessions: readonly { tmux: TmuxSession; wire: Session }[]): Promise<Session[]> {
    const table = await readProcessTable();
    if (this.#disposed) return sessions.map(({ wire }) => wire);
    const ids = new Set(sessions.map(({ tmux }) => tmux.id));
    for (const id of [...this.#followed.keys()]) if (!ids.has(id)) this.#end(id);
    this.#panes.clear();
    for (const { tmux } of sessions) {
      this.#panes.set(tmux.pane, tmux.id);
      this.#takeUp(tmux, table);
    }
    this.#post.keepOnly(ids);
    const early = this.#early;
    this.#early = [];
    for (const call of early) this.hook(call, false);
    return sessions.map(({ tmux, wire }) => this.#annotated(tmux.id, wire));
  }

  /** A hook told something. One of a pane that nobody knows waits for the next look. */
  hook(call: HookCall, mayWait = true): void {
    const session = this.#panes.get(call.pane);
    const followed = session === undefined ? undefined : this.#followed.get(session);
    if (followed === undefined || followed.agentSession.agentId !== call.agent) {
      if (mayWait && this.#early.length < 200) {
        this.#early.push(call);
        this.#options.onChange();
      }
      return;
    }
    const { agentSession } = followed;
    const news = agentSession.agent.readHook(call.payload);
    if (news === undefined) return;
    // What a process that is gone left behind says nothing of this one.
    if (call.atMs < agentSession.process.startedAtMs - 1_000) return;
    agentSession.hook(news, call.atMs);
    if (news.kind === "session-end") return;
    const { conversation, transcript } = news;
    if (transcript !== undefined) agentSession.bind({ conversation, transcript });
    else void this.#locate(agentSession, conversation);
  }

  /** A prompt was typed into the session, and its transcript is not known for sure. */
  async echo(session: string, typed: { text: string; sinceMs: number }): Promise<void> {
    const followed = this.#followed.get(session);
    if (followed === undefined) return;
    const { agentSession } = followed;
    const { agent } = agentSession;
    const env = this.#options.env;
    const found = await findEcho({ agent, env, taken: this.taken(session) }, typed);
    if (found !== undefined && this.#followed.get(session) === followed) agentSession.bind(found);
  }

  /** The relay knows nothing yet of what waits. */
  connected(): void {
    this.#post.connected();
  }

  /** SPEC [TU7]. */
  acknowledged(session: string, outbox: number): void {
    this.#post.acknowledged(session, outbox);
    this.#followed.get(session)?.agentSession.conversation?.acknowledged();
  }

  /** Whether the search found which transcript is another session's. */
  taken(except: string): Set<string> {
    return new Set(
      [...this.#followed].flatMap(([id, { agentSession }]) => {
        const { conversation } = agentSession;
        return id === except || conversation === undefined ? [] : [keyOf(conversation)];
      }),
    );
  }

  /** Nothing is lost: what was told and what is asked is taken up by the next gateway. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#disposed) return;
    this.#disposed = true;
    clearInterval(this.#timer);
    await Promise.all(
      [...this.#followed.values()].map(({ agentSession }) => agentSession[Symbol.asyncDispose]()),
    );
    await Promise.all(this.#ending);
    this.#post[Symbol.dispose]();
  }

  #annotated(id: string, wire: Session): Session {
    const agentSession = this.#followed.get(id)?.agentSession;
    if (agentSession === undefined) return wire;
    const approvals = agentSession.wireApprovals;
    return {
      ...wire,
      agent: agentSession.agentId,
      status: agentSession.status,
      ...(approvals.length > 0 && { approvals }),
    };
  }

  #takeUp(tmux: TmuxSession, table: ProcessTable): void {
    const process = findAgentProcess(table, tmux.pid);
    const known = this.#followed.get(tmux.id);
    if (known !== undefined && !isSame(known.agentSession.process, process)) this.#end(tmux.id);
    if (process === undefined) return;
    const followed = this.#followed.get(tmux.id) ?? this.#begin(tmux, process);
    followed.pane = tmux.pane;
    followed.agentSession.process.pids.length !== process.pids.length &&
      followed.agentSession.setProcess(process);
    followed.agentSession.setTitle(tmux.paneTitle);
    void this.#search(tmux.id, followed, table);
  }

  #begin(tmux: TmuxSession, process: AgentProcess): Followed {
    const { id: session } = tmux;
    const { host, env, log, onChange, sendApproval } = this.#options;
    const outbox = this.#post.open(session);
    const agentSession: AgentSession = new AgentSession({
      session,
      agent: this.#agents[process.agent],
      process,
      env,
      outbox,
      log,
      screen: () => this.#options.screen(this.#followed.get(session)?.pane ?? tmux.pane),
      isMain: (conversation) => isMainSession(this.#agents[process.agent], env, conversation),
      onChange: () => {
        this.#memos.save(session, agentSession);
        onChange();
      },
      onTurn: (_turn: Turn, outgoing) => {
        if (outgoing !== undefined) this.#post.pump(session);
      },
      onApprovalEnd: (end) => sendApproval({ host, session: session as SessionId, ...end }),
    });
    const followed = { agentSession, pane: tmux.pane, searching: false, searchedAtMs: 0 };
    this.#followed.set(session, followed);
    this.#memos.restore(session, agentSession);
    const port = agentSession.agent.serverPasswordVariable && portIn(process);
    if (port) agentSession.listenTo(port, this.#options.secrets.read(session));
    log.debug("agent.found", { session, agent: process.agent });
    return followed;
  }

  #end(session: string): void {
    const followed = this.#followed.get(session);
    if (followed === undefined) return;
    this.#followed.delete(session);
    const ending = followed.agentSession.end();
    this.#ending.add(ending);
    ending.finally(() => this.#ending.delete(ending));
    this.#memos.remove(session);
    this.#options.secrets.remove(session);
  }

  /** One search a session at a time; never in the way of a look. */
  async #search(id: string, followed: Followed, table: ProcessTable): Promise<void> {
    const { agentSession } = followed;
    const { conversation } = agentSession;
    if (followed.searching) return;
    followed.searching = true;
    try {
      if (agentSession.status === "starting") await this.#checkReady(followed);
      if (agentSession.agent.processFile !== undefined) {
        await this.#readNote(agentSession);
      }
      const waitMs = conversation === undefined ? 0 : SEARCH_AGAIN_MS;
      // A hook has the last word on which conversation it is.
      if (agentSession.hooksSeen && conversation !== undefined) return;
      if (Date.now() - followed.searchedAtMs < waitMs) return;
      followed.searchedAtMs = Date.now();
      const found = await findOwnTranscript(this.#searchOf(id, agentSession, table));
      if (found !== undefined && this.#followed.get(id) === followed) agentSession.bind(found);
    } catch (error) {
      this.#options.log.warn("conversation.search_failed", { session: id, error });
    } finally {
      followed.searching = false;
    }
  }

  #searchOf(id: string, agentSession: AgentSession, table: ProcessTable): Search {
    const { agent, process, conversation } = agentSession;
    return {
      agent,
      process,
      env: this.#options.env,
      table,
      taken: this.taken(id),
      current: conversation === undefined
        ? undefined
        : { conversation: conversation.id, transcript: conversation.transcript },
    };
  }

  async #readNote(agentSession: AgentSession): Promise<void> {
    const { agent, process } = agentSession;
    const note = await readProcessNote(agent, process, this.#options.env);
    agentSession.setNote(note);
    if (note !== undefined && note.conversation !== agentSession.conversation?.id) {
      await this.#locate(agentSession, note.conversation);
    }
  }

  async #locate(agentSession: AgentSession, conversation: string): Promise<void> {
    const { agent, process } = agentSession;
    const search = { agent, process, env: this.#options.env, current: undefined };
    const found = await locate(search, conversation);
    if (found !== undefined) agentSession.bind(found);
  }

  async #checkReady({ agentSession, pane }: Followed): Promise<void> {
    const screen = await this.#options.screen(pane).catch(() => "");
    if (screen.includes(agentSession.agent.readyText)) agentSession.setReady();
  }

  /** Which answers there are, the screen knows; whether it waits, it is not asked. */
  async #offer({ agent, approvals }: AgentSession, pane: string): Promise<void> {
    const shown = agent.readApproval(await this.#options.screen(pane));
    const newest = approvals.open.at(-1);
    if (shown === undefined || newest === undefined) return;
    const verdicts = verdict.options.filter((each) => answerFor(shown, SCOPES[each]) !== undefined);
    approvals.offer(newest.id, { verdicts, question: shown.question });
  }

  /** Titles and notes tell of questions: they are looked at more often while an agent works. */
  async #tick(): Promise<void> {
    if (this.#ticking || this.#disposed) return;
    const busy = [...this.#followed.values()].filter(({ agentSession }) =>
      agentSession.status !== "idle" || agentSession.isRecent
    );
    if (busy.length === 0) return;
    this.#ticking = true;
    try {
      const titled = busy.some(({ agentSession }) => agentSession.hasTitle);
      const titles = titled ? await this.#options.titles() : new Map<string, string>();
      for (const { agentSession, pane } of busy) {
        const title = titles.get(pane);
        if (title !== undefined) agentSession.setTitle(title);
        if (agentSession.agent.processFile !== undefined) await this.#readNote(agentSession);
        if (agentSession.approvals.open.length > 0) await this.#offer(agentSession, pane);
      }
    } catch (error) {
      this.#options.log.debug("conversations.tick_failed", { error });
    } finally {
      this.#ticking = false;
    }
  }
}

function isSame(process: AgentProcess, now: AgentProcess | undefined): boolean {
  return now !== undefined && now.pid === process.pid && now.agent === process.agent &&
    Math.abs(now.startedAtMs - process.startedAtMs) < 2_000;
}

/** Files hold one conversation, databases many. */
function keyOf({ transcript, id }: { transcript: string; id: string }): string {
  return transcript.endsWith(".db") ? id : transcript;
}

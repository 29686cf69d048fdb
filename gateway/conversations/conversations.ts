import type { Log } from "@chatcode/kit";
import type { EventPayload, HostId, Session, SessionId } from "@chatcode/protocol";
import type { Env } from "../agents/agent.ts";
import type { Agents } from "../agents/agents.ts";
import type { HookCall } from "../hooks/spool.ts";
import type { Secrets } from "../host/secrets.ts";
import { type ProcessTable, readProcessTable } from "../host/process_table.ts";
import type { TmuxSession } from "../tmux/sessions.ts";
import { type AgentProcess, findAgentProcess } from "./agent_process.ts";
import type { AgentSession } from "./agent_session.ts";
import type { Conversation } from "./conversation.ts";
import { FollowedSession } from "./followed_session.ts";
import { Memos } from "./memo.ts";
import { Post } from "./post.ts";

export interface ConversationsOptions {
  readonly host: HostId;
  readonly agents: Agents;
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
}

/** Between two looks at titles and notes while an agent works, in milliseconds. */
const TICK_MS = 300;
/** Hooks' calls from panes that were not seen yet; more are dropped, the newest. */
const MAX_EARLY = 200;

/** Which agent runs in each session, and what it says, does and asks. */
export class Conversations implements AsyncDisposable {
  readonly #options: ConversationsOptions;
  readonly #post: Post;
  readonly #memos: Memos;
  readonly #followed = new Map<string, FollowedSession>();
  /** Sessions by pane. */
  readonly #panes = new Map<string, string>();
  /** Calls for panes that were not seen yet. */
  #early: HookCall[] = [];
  /** Agents that are gone, and of which something may be left to read, by session. */
  readonly #ending = new Map<Promise<void>, string>();
  readonly #timer: ReturnType<typeof setInterval>;
  #ticking = false;
  #isFirstLook = true;
  #disposed = false;

  private constructor(options: ConversationsOptions) {
    this.#options = options;
    Deno.mkdirSync(options.folder, { recursive: true, mode: 0o700 });
    this.#post = new Post({
      folder: options.folder,
      connected: options.connected,
      log: options.log,
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
    if (this.#isFirstLook) {
      this.#isFirstLook = false;
      this.#memos.keepOnly(ids);
      this.#options.secrets.keepOnly(ids);
    }
    for (const id of [...this.#followed.keys()]) if (!ids.has(id)) this.#end(id);
    this.#panes.clear();
    for (const { tmux } of sessions) {
      this.#panes.set(tmux.pane, tmux.id);
      this.#takeUp(tmux, table);
    }
    // An agent that has just ended may have a last word to tell.
    this.#post.keepOnly(new Set([...ids, ...this.#ending.values()]));
    const early = this.#early;
    this.#early = [];
    for (const call of early) this.hook(call, false);
    return sessions.map(({ tmux, wire }) => this.#annotated(tmux.id, wire));
  }

  /** A hook told something. One of a pane that nobody knows waits for the next look. */
  hook(call: HookCall, mayWait = true): void {
    const session = this.#panes.get(call.pane);
    const followed = session === undefined ? undefined : this.#followed.get(session);
    if (followed !== undefined && followed.agentSession.agentId === call.agent) {
      followed.hook(call);
    } else if (mayWait && this.#early.length < MAX_EARLY) {
      this.#early.push(call);
      this.#options.onChange();
    }
  }

  /** A prompt was typed into the session, and its transcript is not known for sure. */
  async echo(session: string, typed: { text: string; sinceMs: number }): Promise<void> {
    await this.#followed.get(session)?.echo(typed);
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

  /** Nothing is lost: what was told and what is asked is taken up by the next gateway. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#disposed) return;
    this.#disposed = true;
    clearInterval(this.#timer);
    await Promise.all(
      [...this.#followed.values()].map((followed) => followed[Symbol.asyncDispose]()),
    );
    await Promise.all(this.#ending.keys());
    this.#post[Symbol.dispose]();
  }

  #annotated(id: string, wire: Session): Session {
    const agentSession = this.get(id);
    if (agentSession === undefined) return wire;
    const { agentId: agent, conversation, status, wireApprovals: approvals } = agentSession;
    return {
      ...wire,
      agent,
      status,
      ...(conversation !== undefined && { conversation: conversation.id.slice(0, 160) }),
      ...(approvals.length > 0 && { approvals }),
    };
  }

  #takeUp(tmux: TmuxSession, table: ProcessTable): void {
    const process = findAgentProcess(this.#options.agents, table, tmux.pid);
    const known = this.#followed.get(tmux.id);
    if (known !== undefined && !isSame(known.agentSession.process, process)) this.#end(tmux.id);
    if (process === undefined) return;
    const followed = this.#followed.get(tmux.id) ?? this.#begin(tmux, process);
    followed.seen(tmux, process, table);
  }

  #begin(tmux: TmuxSession, process: AgentProcess): FollowedSession {
    const { id: session } = tmux;
    const { host, env, log, onChange, screen, secrets, sendApproval } = this.#options;
    const followed = new FollowedSession({
      ...{ tmux, process, env, log, onChange, screen },
      outbox: this.#post.open(session),
      memos: this.#memos,
      serverPassword: () => secrets.read(session),
      taken: () => this.#taken(session),
      onOutgoing: () => this.#post.pump(session),
      onApprovalEnd: (end) => sendApproval({ host, session: session as SessionId, ...end }),
    });
    this.#followed.set(session, followed);
    log.debug("agent.found", { session, agent: process.agent.id });
    return followed;
  }

  #end(session: string): void {
    const followed = this.#followed.get(session);
    if (followed === undefined) return;
    this.#followed.delete(session);
    const ending = followed.end();
    this.#ending.set(ending, session);
    ending.finally(() => this.#ending.delete(ending));
    this.#memos.remove(session);
    this.#options.secrets.remove(session);
  }

  /** What of the transcripts is another session's. */
  #taken(except: string): Set<string> {
    return new Set(
      [...this.#followed].flatMap(([id, { agentSession: { conversation } }]) =>
        id === except || conversation === undefined ? [] : [keyOf(conversation)]
      ),
    );
  }

  /** Titles and notes tell of questions: they are looked at more often while an agent works. */
  async #tick(): Promise<void> {
    if (this.#ticking || this.#disposed) return;
    const busy = [...this.#followed.values()].filter(({ isWorthLooking }) => isWorthLooking);
    if (busy.length === 0) return;
    this.#ticking = true;
    try {
      const isTitled = busy.some(({ agentSession }) => agentSession.agent.titles !== undefined);
      const titles = isTitled ? await this.#options.titles() : new Map<string, string>();
      await Promise.all(busy.map((followed) => followed.look(titles.get(followed.pane))));
    } catch (error) {
      this.#options.log.debug("conversations.tick_failed", { error });
    } finally {
      this.#ticking = false;
    }
  }
}

function isSame(process: AgentProcess, now: AgentProcess | undefined): boolean {
  return now !== undefined && now.pid === process.pid && now.agent.id === process.agent.id &&
    Math.abs(now.startedAtMs - process.startedAtMs) < 2_000;
}

/** Files hold one conversation, databases many. */
function keyOf({ place, transcript, id }: Conversation): string {
  return place.kind === "database" ? id : transcript;
}

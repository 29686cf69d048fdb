import type { Clock } from "@chatcode/kit";
import type {
  AgentId,
  Approval,
  EventPayload,
  HostId,
  PushKind,
  Session,
  SessionId,
} from "@chatcode/protocol";
import type { ConversationNews } from "../conversation_feed.ts";
import type { RosterChange } from "../roster.ts";
import { noteText } from "./push_message.ts";

/** Something worth telling to somebody who does not look. */
export interface Occasion {
  readonly kind: PushKind;
  readonly host: HostId;
  readonly session: SessionId;
  readonly agent: AgentId | undefined;
  /** The id of the turn or the approval. */
  readonly about: string;
  readonly text: string;
  readonly atMs: number;
}

/** An exchange that ended longer ago is told again after a reconnect, and is no news. In milliseconds. */
export const MAX_OCCASION_AGE_MS = 10 * 60_000;

/** Occasions of one session that are remembered, so that none is told twice. */
const REMEMBERED = 50;

interface Watched {
  /** Approvals that are asked now. */
  readonly open: Map<string, Approval>;
  readonly known: Set<string>;
  /** When the conversation last went on, by the machine's clock. */
  promptAtMs: number;
}

/** What notifications hang on: each session's open approvals, and how its last exchange went. */
export class Occasions {
  readonly #clock: Clock;
  readonly #watched = new Map<HostId, Map<SessionId, Watched>>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** How many approvals the session waits for. */
  waiting(host: HostId, session: SessionId): number {
    return this.#watched.get(host)?.get(session)?.open.size ?? 0;
  }

  /** Whether the conversation went on after `atMs`. */
  wentOn(host: HostId, session: SessionId, atMs: number): boolean {
    return (this.#watched.get(host)?.get(session)?.promptAtMs ?? -1) > atMs;
  }

  /** What is still worth telling of it: of approvals the newest that is open. */
  renewed(occasion: Occasion): Occasion | undefined {
    const { kind, host, session, about, atMs } = occasion;
    if (kind !== "waiting") return this.wentOn(host, session, atMs) ? undefined : occasion;
    const open = this.#watched.get(host)?.get(session)?.open;
    if (!open || open.has(about)) return open && occasion;
    const newest = [...open.values()].at(-1);
    return newest && { ...occasion, ...asked(newest) };
  }

  /** @returns the occasion that the change gives, if any */
  hearRoster(change: RosterChange): Occasion | undefined {
    if (change.event === "presence" && change.payload.removed) this.#watched.delete(change.host);
    if (change.event !== "session") return;
    const { host, payload } = change;
    if (payload.ended) {
      this.#watched.get(host)?.delete(payload.id);
    } else if (payload.session.status !== "lost") {
      return this.#hearSession(host, payload.session);
    }
  }

  /** @returns the occasion that the news gives, if any */
  hearConversation(news: ConversationNews): Occasion | undefined {
    const { host, payload: { session } } = news;
    const watched = this.#watched.get(host)?.get(session);
    // One that the roster does not list has no title to tell, and no bound.
    if (!watched) return;
    if (news.event === "turn") return this.#hearTurn(watched, news.payload);
    watched.open.delete(news.payload.id);
  }

  #hearSession(host: HostId, { id, agent, approvals = [] }: Session): Occasion | undefined {
    const sessions = this.#watched.get(host) ?? new Map<SessionId, Watched>();
    const watched = sessions.get(id) ?? { open: new Map(), known: new Set(), promptAtMs: -1 };
    this.#watched.set(host, sessions.set(id, watched));
    watched.open.clear();
    for (const approval of approvals) watched.open.set(approval.id, approval);
    const gained = approvals.filter((approval) => this.#isNew(watched, `waiting ${approval.id}`));
    const newest = gained.at(-1);
    return newest && {
      kind: "waiting",
      host,
      session: id,
      agent,
      ...asked(newest),
    };
  }

  #hearTurn(
    watched: Watched,
    { host, session, agent, turn }: EventPayload<"turn">,
  ): Occasion | undefined {
    if (turn.kind === "prompt") watched.promptAtMs = Math.max(watched.promptAtMs, turn.atMs);
    if (turn.kind !== "final" && turn.kind !== "error") return;
    if (turn.atMs < this.#clock.now() - MAX_OCCASION_AGE_MS) return;
    if (!this.#isNew(watched, `ended ${turn.id}`)) return;
    return {
      kind: turn.kind === "final" ? "done" : "failed",
      host,
      session,
      agent,
      about: turn.id,
      text: noteText(turn.text),
      atMs: turn.atMs,
    };
  }

  #isNew({ known }: Watched, key: string): boolean {
    if (known.has(key)) return false;
    known.add(key);
    if (known.size > REMEMBERED) {
      const [oldest] = known;
      if (oldest !== undefined) known.delete(oldest);
    }
    return true;
  }
}

function asked({ id, tool, subject, askedAtMs }: Approval) {
  return { about: id, text: noteText(`${tool}: ${noteText(subject)}`), atMs: askedAtMs };
}

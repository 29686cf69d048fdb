import {
  type ApprovalOutcome,
  type EventPayload,
  events,
  type HostId,
  ProtocolError,
  type SessionId,
} from "@chatcode/protocol";
import type { Connection } from "./connection.ts";
import {
  type Conversation,
  needsMark,
  NO_CONVERSATION,
  olderThan,
  withNewest,
  withOlder,
  withTurn,
} from "./conversation.ts";
import { type Observable, Source } from "./observable.ts";

const PAGE_TURNS = 100;
/** Turns held while a page is on its way; beyond it the page is asked for again. */
const MAX_HELD = 1_000;
/** Outcomes of approvals that are remembered. */
const MAX_OUTCOMES = 20;

export interface FeedState {
  readonly conversation: Conversation;
  /** `failed`: nothing could be loaded, for the reason in `problem`. */
  readonly state: "loading" | "ready" | "failed";
  readonly problem: string | undefined;
  readonly loadingOlder: boolean;
  /** How approvals ended, by their id. */
  readonly outcomes: ReadonlyMap<string, ApprovalOutcome>;
}

export const NOTHING_FED: FeedState = {
  conversation: NO_CONVERSATION,
  state: "loading",
  problem: undefined,
  loadingOlder: false,
  outcomes: new Map(),
};

/**
 * Follows the conversation in one session: the newest page, then turns as they are told. Whatever
 * was missed is asked for again. SPEC [EV3] [TU5].
 */
export class ConversationFeed {
  readonly #connection: Connection;
  readonly #where: { host: HostId; session: SessionId };
  readonly #state = new Source<FeedState>(NOTHING_FED);
  readonly #stopListening: () => void;
  /** Turns told while a page is on its way. */
  #held: EventPayload<"turn">[] = [];
  #asking = false;
  #askAgain = false;
  /** Turns told of conversations that are not the session's present one, by conversation. */
  readonly #strangers = new Map<string, number>();
  #closed = false;

  constructor(connection: Connection, where: { host: HostId; session: SessionId }) {
    this.#connection = connection;
    this.#where = where;
    this.#stopListening = connection.news.listen({
      event: ({ event, payload }) => {
        if (event === "turn") this.#turn(payload);
        else if (event === "approval") this.#approval(payload);
      },
      missed: () => this.refresh(),
    });
    this.refresh();
  }

  get state(): Observable<FeedState> {
    return this.#state;
  }

  /** Asks for the newest page: after a gap, a failure, or to come back to the end. */
  refresh(): void {
    if (this.#closed) return;
    if (this.#asking) {
      this.#askAgain = true;
      return;
    }
    this.#asking = true;
    if (this.#state.value.state === "failed") this.#change({ state: "loading" });
    this.#connection.request("turns.list", { ...this.#where, limit: PAGE_TURNS }).then(
      (page) => {
        const { conversation } = this.#state.value;
        this.#change({
          conversation: withNewest(conversation, page),
          state: "ready",
          problem: undefined,
        });
        this.#asked();
      },
      (error: unknown) => {
        const problem = error instanceof ProtocolError
          ? error.message
          : "The conversation cannot be loaded";
        const shown = this.#state.value.state === "ready";
        this.#change(shown ? { problem } : { state: "failed", problem });
        this.#asked();
      },
    );
  }

  /** Asks for the turns before those that are here, if there are any. */
  async loadOlder(): Promise<void> {
    const before = olderThan(this.#state.value.conversation);
    if (before === undefined || this.#state.value.loadingOlder) return;
    this.#change({ loadingOlder: true });
    try {
      const page = await this.#connection.request("turns.list", {
        ...this.#where,
        before,
        limit: PAGE_TURNS,
      });
      const { conversation } = this.#state.value;
      this.#change({ conversation: withOlder(conversation, page, before), problem: undefined });
    } catch (error) {
      this.#change({
        problem: error instanceof ProtocolError ? error.message : "Older turns cannot be loaded",
      });
    } finally {
      this.#change({ loadingOlder: false });
    }
  }

  /** An answer that we gave ourselves ended an approval. */
  settle(approval: string, outcome: ApprovalOutcome): void {
    const outcomes = new Map([...this.#state.value.outcomes, [approval, outcome] as const]);
    for (const id of outcomes.keys()) {
      if (outcomes.size <= MAX_OUTCOMES) break;
      outcomes.delete(id);
    }
    this.#change({ outcomes });
  }

  close(): void {
    this.#closed = true;
    this.#stopListening();
  }

  #turn(payload: unknown): void {
    const parsed = events.turn.safeParse(payload);
    if (!parsed.success || !this.#isHere(parsed.data)) return; // a kind of turn of a later version
    if (!this.#asking) return this.#take(parsed.data);
    if (this.#held.length < MAX_HELD) this.#held.push(parsed.data);
    else this.#askAgain = true;
  }

  #take(told: EventPayload<"turn">): void {
    const { conversation, state } = this.#state.value;
    if (state === "ready" && told.conversation === conversation.id) {
      const next = withTurn(conversation, told.turn);
      if (next !== conversation) this.#change({ conversation: next });
      if (next.atEnd && needsMark(next)) this.refresh();
      return;
    }
    if (!this.#isWorthAsking(told.conversation)) return;
    this.refresh();
    this.#held.push(told);
  }

  /** A page came, or did not: goes on with what was told meanwhile. */
  #asked(): void {
    this.#asking = false;
    const held = this.#held;
    this.#held = [];
    if (this.#state.value.state === "ready") {
      let { conversation } = this.#state.value;
      for (const told of held) {
        if (told.conversation === conversation.id) conversation = withTurn(conversation, told.turn);
        else if (this.#isWorthAsking(told.conversation)) this.#askAgain = true;
      }
      if (conversation.id !== undefined) this.#strangers.delete(conversation.id);
      this.#change({ conversation });
    }
    if (!this.#askAgain) return;
    this.#askAgain = false;
    this.refresh();
  }

  /**
   * Another conversation was told of: it is the session's new one, or an old one told late. Only the
   * host knows, and is asked seldomer and seldomer: at the 1st, 2nd, 4th, 8th turn of it.
   */
  #isWorthAsking(conversation: string): boolean {
    const times = (this.#strangers.get(conversation) ?? 0) + 1;
    this.#strangers.set(conversation, times);
    return (times & (times - 1)) === 0;
  }

  #approval(payload: unknown): void {
    const parsed = events.approval.safeParse(payload);
    if (parsed.success && this.#isHere(parsed.data)) {
      this.settle(parsed.data.id, parsed.data.outcome);
    }
  }

  #isHere({ host, session }: { host: HostId; session: SessionId }): boolean {
    return host === this.#where.host && session === this.#where.session;
  }

  #change(change: Partial<FeedState>): void {
    if (!this.#closed) this.#state.value = { ...this.#state.value, ...change };
  }
}

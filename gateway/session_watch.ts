import { type Clock, type Log, systemClock } from "@chatcode/kit";
import type { EventPayload, HostId, Session, SessionId } from "@chatcode/protocol";

export interface SessionWatchOptions {
  readonly host: HostId;
  /** Every session as it is now. */
  readonly list: () => Promise<Session[]>;
  readonly log: Log;
  /** Takes the news; dropped news come again at the next look. */
  readonly onChange: () => void;
  readonly clock?: Clock;
}

export type SessionChange = EventPayload<"session">;

/** Between two looks when tmux says nothing, in milliseconds. */
const POLL_MS = 2_000;
/** Several pokes within this time cost one look, in milliseconds. */
const POKE_MS = 30;
/** A session that is only active again is news no more often than this, in milliseconds. */
const ACTIVE_NEWS_MS = 10_000;
const MAX_ENDED = 1_000;

/** Knows the sessions as they were a moment ago, and who waits for one to end. */
export class SessionWatch implements Disposable {
  readonly #options: SessionWatchOptions;
  readonly #clock: Clock;
  #current = new Map<string, Session>();
  /** Ids that were seen and are no more, oldest first. */
  readonly #ended = new Set<string>();
  readonly #waiters = new Map<string, Set<() => void>>();
  #looking: Promise<void> | undefined;
  #lookAgain = false;
  #timer: Disposable | undefined;
  #poked = false;
  #disposed = false;
  #failed = false;

  constructor(options: SessionWatchOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
  }

  /** As of the last look. */
  get sessions(): Session[] {
    return [...this.#current.values()];
  }

  get(id: string): Session | undefined {
    return this.#current.get(id);
  }

  /** Whether it ran under this gateway and is no more. */
  hasEnded(id: string): boolean {
    return this.#ended.has(id) && !this.#current.has(id);
  }

  /** Looks soon, since something may have changed. */
  poke(): void {
    if (this.#looking !== undefined) this.#lookAgain = true;
    if (this.#looking !== undefined || this.#disposed || this.#poked) return;
    this.#poked = true;
    this.#setTimer(POKE_MS);
  }

  /** Looks now; when it resolves, `sessions` is as of after the call. */
  async look(): Promise<void> {
    if (this.#looking !== undefined) {
      this.#lookAgain = true;
      return await this.#looking;
    }
    this.#looking = this.#lookUntilCurrent();
    try {
      await this.#looking;
    } finally {
      this.#looking = undefined;
      this.#poked = false;
      this.#setTimer(POLL_MS);
    }
  }

  /** Resolves to true when the session is over, to false when `signal` aborts first. */
  async waitEnded(id: string, signal: AbortSignal): Promise<boolean> {
    if (!this.#current.has(id)) return true;
    if (signal.aborted) return false;
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const waiter = () => resolve(true);
    const waiters = this.#waiters.get(id) ?? new Set();
    this.#waiters.set(id, waiters.add(waiter));
    const onAbort = () => resolve(false);
    signal.addEventListener("abort", onAbort, { once: true });
    try {
      return await promise;
    } finally {
      signal.removeEventListener("abort", onAbort);
      waiters.delete(waiter);
      if (waiters.size === 0) this.#waiters.delete(id);
    }
  }

  /** What must be told to someone who knows `told`; brings `told` up to date. */
  changesSince(told: Map<string, Session>): SessionChange[] {
    const { host } = this.#options;
    const changes: SessionChange[] = [];
    for (const id of [...told.keys()]) {
      if (this.#current.has(id)) continue;
      told.delete(id);
      changes.push({ host, ended: true, id: id as SessionId });
    }
    for (const [id, session] of this.#current) {
      if (isOldNews(told.get(id), session)) continue;
      told.set(id, session);
      changes.push({ host, ended: false, session });
    }
    return changes;
  }

  [Symbol.dispose](): void {
    this.#disposed = true;
    this.#timer?.[Symbol.dispose]();
  }

  async #lookUntilCurrent(): Promise<void> {
    do {
      this.#lookAgain = false;
      await this.#lookOnce();
    } while (this.#lookAgain);
  }

  async #lookOnce(): Promise<void> {
    let list: Session[];
    try {
      list = await this.#options.list();
    } catch (error) {
      // tmux may be restarting: what was last seen stands until it answers.
      if (!this.#failed) this.#options.log.warn("sessions.list_failed", { error });
      this.#failed = true;
      return;
    }
    this.#failed = false;
    const before = this.#current;
    this.#current = new Map(list.map((session) => [session.id, session]));
    for (const id of before.keys()) {
      if (!this.#current.has(id)) this.#end(id);
    }
    this.#options.onChange();
  }

  #end(id: string): void {
    this.#ended.add(id);
    for (const oldest of this.#ended) {
      if (this.#ended.size <= MAX_ENDED) break;
      this.#ended.delete(oldest);
    }
    for (const waiter of this.#waiters.get(id) ?? []) waiter();
  }

  #setTimer(ms: number): void {
    this.#timer?.[Symbol.dispose]();
    if (this.#disposed) return;
    this.#timer = this.#clock.setTimer(() => void this.look(), ms);
  }
}

function isOldNews(told: Session | undefined, now: Session): boolean {
  if (told === undefined) return false;
  if (Math.abs(now.activeAtMs - told.activeAtMs) >= ACTIVE_NEWS_MS) return false;
  const { activeAtMs: _told, ...before } = told;
  const { activeAtMs: _now, ...after } = now;
  return JSON.stringify(before) === JSON.stringify(after);
}

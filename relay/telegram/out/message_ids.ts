/** Ids that are remembered as seen; older ones are below what is ever looked up. */
const REMEMBERED = 2_000;

/** Groups of this id and below count their messages for themselves; all other chats share one count. */
const SUPERGROUPS = -1_000_000_000_000;

interface Ids {
  last: number | undefined;
  readonly seen: Set<number>;
}

/**
 * How far Telegram's numbering of messages has come, as far as it was seen. Ids grow; private chats and
 * basic groups of one bot share a count, each supergroup has its own
 * (https://core.telegram.org/api/updates#message-related-event-sequences).
 */
export class MessageIds {
  readonly #counts = new Map<number, Ids>();
  readonly #isAlone: boolean;

  /** @param options `isAlone`: nobody else writes as the bot; else nothing is known for sure */
  constructor(options: { isAlone: boolean }) {
    this.#isAlone = options.isAlone;
  }

  /** The message that was sent just now has that id. */
  sent(chat: number, id: number): void {
    const ids = this.#of(chat);
    ids.last = Math.max(ids.last ?? 0, id);
    this.#remember(ids, id);
  }

  /**
   * Somebody else's message has that id. Alone it does not tell how far the count has come: after a
   * restart, messages of ours that nobody remembers may have come since.
   */
  heard(chat: number, id: number): void {
    const ids = this.#of(chat);
    if (ids.last !== undefined) ids.last = Math.max(ids.last, id);
    this.#remember(ids, id);
  }

  /** A message may have been sent whose id nobody will ask for: what comes after it is not known. */
  lose(chat: number): void {
    this.#of(chat).last = undefined;
  }

  /** The last id there is, as far as is known; `undefined`: not known. */
  last(chat: number): number | undefined {
    return this.#isAlone ? this.#of(chat).last : undefined;
  }

  has(chat: number, id: number): boolean {
    return this.#of(chat).seen.has(id);
  }

  #remember({ seen }: Ids, id: number): void {
    seen.add(id);
    if (seen.size > REMEMBERED) seen.delete(seen.values().next().value!);
  }

  #of(chat: number): Ids {
    const count = chat <= SUPERGROUPS ? chat : 0;
    const ids = this.#counts.get(count) ?? { last: undefined, seen: new Set<number>() };
    this.#counts.set(count, ids);
    return ids;
  }
}

import type { EventPayload, HostId } from "@chatcode/protocol";

/** What a machine tells of an agent's conversation. */
export type ConversationNews = {
  [N in "turn" | "approval"]: { event: N; payload: EventPayload<N>; host: HostId };
}["turn" | "approval"];

/**
 * Who is told of everything, in order. Whoever keeps something of it gives back when that is safe;
 * if it rejects, the machine is to tell it again.
 */
export type ConversationListener = (news: ConversationNews) => Promise<void> | void;

/**
 * Passes conversations on as they are told. Nothing is kept here: whoever missed a turn asks its
 * machine by `turns.list`.
 */
export class ConversationFeed {
  readonly #listeners = new Set<ConversationListener>();

  listen(listener: ConversationListener): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) };
  }

  /** @returns when the news is safe with all who keep it; `undefined`: nobody does */
  tell(news: ConversationNews): Promise<void> | undefined {
    const keeping = [...this.#listeners].flatMap((listener) => listener(news) ?? []);
    if (keeping.length === 0) return;
    return Promise.all(keeping).then(() => {});
  }
}

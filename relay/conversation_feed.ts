import type { EventPayload, HostId } from "@chatcode/protocol";

/** What a machine tells of an agent's conversation. */
export type ConversationNews = {
  [N in "turn" | "approval"]: { event: N; payload: EventPayload<N>; host: HostId };
}["turn" | "approval"];

/** Who is told of everything, in order, without being awaited. */
export type ConversationListener = (news: ConversationNews) => void;

/**
 * Passes conversations on as they are told. Nothing is kept: whoever missed a turn asks its machine
 * by `turns.list`.
 */
export class ConversationFeed {
  readonly #listeners = new Set<ConversationListener>();

  listen(listener: ConversationListener): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) };
  }

  tell(news: ConversationNews): void {
    for (const listener of this.#listeners) listener(news);
  }
}

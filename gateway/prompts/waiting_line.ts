import { ProtocolError } from "@chatcode/protocol";

/** Prompts that wait for one before them, a session. */
export const MAX_WAITING_PROMPTS = 8;

/** What concerns one agent happens one after another. */
export class WaitingLine<Key extends object> {
  readonly #lines = new Map<Key, { last: Promise<unknown>; length: number }>();

  /** @throws ProtocolError LIMIT_REACHED if too many wait already */
  async join<T>(key: Key, act: () => Promise<T>): Promise<T> {
    const line = this.#lines.get(key) ?? { last: Promise.resolve(), length: 0 };
    if (line.length >= MAX_WAITING_PROMPTS) {
      throw new ProtocolError(
        "LIMIT_REACHED",
        `Cannot send: ${MAX_WAITING_PROMPTS} prompts wait already`,
      );
    }
    line.length += 1;
    const mine = line.last.then(act);
    line.last = mine.catch(() => {});
    this.#lines.set(key, line);
    try {
      return await mine;
    } finally {
      line.length -= 1;
      if (line.length === 0) this.#lines.delete(key);
    }
  }
}

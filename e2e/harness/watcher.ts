import { withDeadline } from "@chatcode/kit";

/** Longest text that can be waited for, in bytes. */
const MAX_NEEDLE = 256;

/** Waits for texts in a terminal's output, told in the very turn in which they arrive. */
export class Watcher {
  #needle = "";
  #tail = "";
  #found: (atMs: number) => void = () => {};
  readonly #decoder = new TextDecoder("latin1");

  constructor(session: { onOutput: (bytes: Uint8Array) => void }) {
    session.onOutput = (bytes) => this.#look(bytes);
  }

  /**
   * When the text next arrives, by `performance.now()`. Only what comes after the call counts.
   * @throws {DeadlineError} after `limitMs`
   */
  next(needle: string, limitMs = 10_000): Promise<number> {
    this.#needle = needle;
    this.#tail = "";
    const { promise, resolve } = Promise.withResolvers<number>();
    this.#found = resolve;
    return withDeadline(promise, limitMs, `"${needle}" in the output`);
  }

  #look(bytes: Uint8Array): void {
    if (this.#needle === "") return;
    const text = this.#tail + this.#decoder.decode(bytes);
    if (text.includes(this.#needle)) {
      this.#needle = "";
      this.#found(performance.now());
    } else this.#tail = text.slice(-MAX_NEEDLE);
  }
}

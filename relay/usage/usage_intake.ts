import { type Clock, type Log, Redial } from "@chatcode/kit";
import { KvError } from "../kv/kv_error.ts";
import type { ToldUsage, UsageBook } from "./usage_book.ts";

/** Usage turns of one machine that wait for the store; more, and its socket is closed as overloaded. */
export const MAX_WAITING_USAGE = 5_000;

interface Waiting {
  readonly told: ToldUsage;
  onSafe(): void;
}

/**
 * One machine's way into the usage book: one turn after the other, and again while the store fails.
 * Disposed with the socket, since the machine tells what was not acknowledged in its next one.
 */
export class UsageIntake implements Disposable {
  readonly #book: Pick<UsageBook, "count">;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #stop = new AbortController();
  readonly #waiting: Waiting[] = [];
  #running = false;

  constructor(book: Pick<UsageBook, "count">, options: { clock: Clock; log: Log }) {
    this.#book = book;
    this.#clock = options.clock;
    this.#log = options.log;
  }

  /**
   * `onSafe` is called when the store has the turn.
   * @returns false if too many wait
   */
  take(told: ToldUsage, onSafe: () => void): boolean {
    if (this.#waiting.length >= MAX_WAITING_USAGE) return false;
    this.#waiting.push({ told, onSafe });
    if (!this.#running) void this.#run();
    return true;
  }

  [Symbol.dispose](): void {
    this.#stop.abort();
    this.#waiting.length = 0;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    const redial = new Redial({ clock: this.#clock });
    this.#running = true;
    while (!signal.aborted) {
      const [next] = this.#waiting;
      if (next === undefined) break;
      try {
        const counting = await this.#book.count(next.told);
        if (counting === "old") this.#log.debug("usage.too_old", { session: next.told.session });
        redial.accepted();
      } catch (error) {
        if (signal.aborted) break;
        if (!(error instanceof KvError && error.code === "KV_VALUE_DAMAGED")) {
          this.#log.warn("usage.not_counted", { error });
          await redial.wait(signal).catch(() => {});
          continue;
        }
        // Trying again would not mend the row, and all later turns would wait behind this one.
        this.#log.error("usage.lost", { error });
      }
      if (signal.aborted) break;
      this.#waiting.shift();
      next.onSafe();
    }
    this.#running = false;
  }
}

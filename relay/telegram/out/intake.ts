import { type Clock, type Log, Redial } from "@chatcode/kit";
import { KvError } from "../../kv/kv_error.ts";

/** News of one machine that wait for the store; more, and the machine is to tell them again. */
export const MAX_INTAKE = 2_000;

/** Work on one machine's news, one piece after the other, and again while the store fails. */
export class Intake {
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #signal: AbortSignal;
  #last: Promise<void> = Promise.resolve();
  #size = 0;

  constructor(options: { clock: Clock; log: Log; signal: AbortSignal }) {
    this.#clock = options.clock;
    this.#log = options.log;
    this.#signal = options.signal;
  }

  /**
   * Resolves when `work`, after all that was given before, is done; also if it failed in a way that
   * would not heal. Rejects if too much waits, or the relay stops.
   */
  do(work: () => Promise<void>): Promise<void> {
    if (this.#size >= MAX_INTAKE) {
      return Promise.reject(new Error("Cannot take news: too many wait"));
    }
    this.#size += 1;
    const done = this.#last.then(() => this.#surely(work)).finally(() => void this.#size--);
    this.#last = done.catch(() => {});
    return done;
  }

  /** Resolves when everything that was given by now is done. */
  async settled(): Promise<void> {
    await this.#last;
  }

  async #surely(work: () => Promise<void>): Promise<void> {
    const redial = new Redial({ clock: this.#clock });
    for (;;) {
      this.#signal.throwIfAborted();
      try {
        return await work();
      } catch (error) {
        if (!(error instanceof KvError) || error.code === "KV_VALUE_DAMAGED") {
          // Trying again would not mend it, and everything later would wait behind it.
          return this.#log.error("telegram.not_heard", { error });
        }
        if (error.code === "KV_CLOSED") throw error;
        this.#log.warn("telegram.not_kept", { error });
        await redial.wait(this.#signal);
      }
    }
  }
}

import { type Clock, type Log, Redial, sleep } from "@chatcode/kit";
import type { Api } from "grammy";
import { callFailure } from "../bot_api.ts";
import { type Incoming, incomingOf } from "./incoming.ts";
import type { Taking } from "./inbox.ts";

/** How long Telegram holds a question without news, in seconds; below the deadline of a call. */
export const POLL_SECONDS = 30;

/** Before a full inbox is tried again, in milliseconds. */
const FULL_WAIT_MS = 1_000;

/** The kinds of updates that are asked for, by webhook and by polling. */
export const ALLOWED_UPDATES = [
  "message",
  "edited_message",
  "callback_query",
  "my_chat_member",
] as const;

export interface PollerParts {
  readonly api: Api;
  readonly clock: Clock;
  readonly log: Log;
  take(incoming: Incoming): Promise<Taking>;
}

/** Asks Telegram for updates again and again: for a relay that Telegram cannot reach. */
export class Poller implements AsyncDisposable {
  readonly #parts: PollerParts;
  readonly #stop = new AbortController();
  readonly #running: Promise<void>;
  #offset: number | undefined;

  /** Telegram must have no webhook by then: it would answer 409. */
  constructor(parts: PollerParts) {
    this.#parts = parts;
    this.#running = this.#run();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { clock, log } = this.#parts;
    const { signal } = this.#stop;
    let redial = new Redial({ clock });
    while (!signal.aborted) {
      try {
        await this.#poll(signal);
        redial = new Redial({ clock });
      } catch (error) {
        if (signal.aborted) return;
        log.warn("telegram.poll_failed", { why: callFailure(error) });
        await redial.wait(signal).catch(() => {});
      }
    }
  }

  async #poll(signal: AbortSignal): Promise<void> {
    const { api, clock } = this.#parts;
    const updates = await api.getUpdates({
      timeout: POLL_SECONDS,
      allowed_updates: ALLOWED_UPDATES,
      ...(this.#offset !== undefined && { offset: this.#offset }),
    }, signal as Parameters<Api["getUpdates"]>[1]); // typed as another package's, and ours in truth
    for (const update of updates) {
      const found = incomingOf(update);
      while (found && await this.#parts.take(found) === "full") {
        await sleep(clock, FULL_WAIT_MS, signal);
      }
      // Confirmed by the next question, so only when it is stored.
      this.#offset = update.update_id + 1;
    }
  }
}

import { type Clock, type Log, sleep, withDeadline } from "@chatcode/kit";
import type { Api } from "grammy";
import { rows } from "../../kv/keys.ts";
import type { Store } from "../../kv/store.ts";
import type { Budget } from "./budget.ts";
import type { MessageIds } from "./message_ids.ts";
import { type Outcome, outcomeOf } from "./outcome.ts";

/** With a token that Telegram does not take, how long nothing is tried. In milliseconds. */
export const TOKEN_PAUSE_MS = 300_000;

/** For calls that run when the relay stops, in milliseconds; it has three seconds in all. */
export const LAST_CALLS_MS = 2_000;

/** How long the pace of a group is kept, in milliseconds: longer than any window or pause. */
const PACE_KEPT_MS = 2 * 3600_000;

interface Parts {
  readonly api: Api;
  readonly budget: Budget;
  readonly store: Store;
  readonly ids: MessageIds;
  readonly clock: Clock;
  readonly log: Log;
  /** Telegram asks to be left alone in that chat. */
  onLimited(chat: number): void;
}

export interface CallOptions {
  /** An unknown outcome is looked up. */
  readonly isFollowedUp?: boolean;
}

/** One call to the Bot API; grammY's methods with the payload as one object. */
export type Call<T> = (raw: Api["raw"], signal: Signal) => Promise<T>;

/** grammY's own type of the signal is that of a polyfill. */
export type Signal = Parameters<Api["raw"]["getMe"]>[0];

/** Makes the calls that the lanes have chosen, counts them, and heeds when Telegram asks to wait. */
export class Calls implements AsyncDisposable {
  readonly #parts: Parts;
  readonly #stop = new AbortController();
  readonly #running = new Set<Promise<unknown>>();
  #stopping = false;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Waits for as long as the budget says, then calls. Never throws, save when the relay stops. */
  async make<T>(
    chat: number,
    call: Call<T>,
    { isFollowedUp = false }: CallOptions = {},
  ): Promise<Outcome<T>> {
    if (this.#stopping) throw new Error("Cannot call Telegram: the relay stops");
    const making = this.#make(chat, call, isFollowedUp);
    this.#running.add(making);
    try {
      return await making;
    } finally {
      this.#running.delete(making);
    }
  }

  /** Lets what runs end, for a while: its outcome is worth knowing. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping = true;
    const ended = Promise.allSettled([...this.#running]);
    await withDeadline(ended, LAST_CALLS_MS, "calls to Telegram").catch(() => {});
    this.#stop.abort();
    await Promise.allSettled([...this.#running]);
  }

  async #make<T>(chat: number, call: Call<T>, isFollowedUp: boolean): Promise<Outcome<T>> {
    const { api, budget, clock, ids, log, onLimited } = this.#parts;
    for (let ms; (ms = budget.waitMs(chat)) > 0;) await sleep(clock, ms, this.#stop.signal);
    if (chat < 0) await this.#keepPace(chat);
    const signal = this.#stop.signal as Signal;
    let method = "";
    let outcome: Outcome<T>;
    {
      using _call = budget.begin(chat);
      outcome = await outcomeOf(call(noting(api.raw, (name) => method = name), signal));
    }
    if (outcome.state === "done") {
      const message = messageIn(outcome.result);
      if (message !== undefined) ids.sent(chat, message);
    }
    if (outcome.state === "unknown" && !isFollowedUp && MAKES_MESSAGE.test(method)) ids.lose(chat);
    if (outcome.state === "limited") {
      budget.pause(chat, outcome.retryAfterMs);
      onLimited(chat);
      await this.#keepPace(chat);
      log.warn("telegram.limited", { chat, retryAfterMs: outcome.retryAfterMs });
    }
    if (outcome.state === "refused" && outcome.code === "token") {
      budget.pauseAll(TOKEN_PAUSE_MS);
      log.error("telegram.token_refused", { why: outcome.why });
    }
    return outcome;
  }

  /** A group's window is longer than a restart: the next process must know of it. */
  async #keepPace(chat: number): Promise<void> {
    const { budget, clock, log, store } = this.#parts;
    const { calls, pausedUntilMs } = budget.paceOf(chat);
    const pace = { calls: [...calls, clock.now()].slice(-20), pausedUntilMs };
    await store.set(rows.telegramPace(chat), pace, { expireInMs: PACE_KEPT_MS })
      .catch((error: unknown) => log.warn("telegram.pace_not_kept", { error }));
  }
}

/** Methods whose unknown outcome may be a message that nobody knows. */
const MAKES_MESSAGE = /^(send(?!ChatAction)|copyMessage|forwardMessage)/;

/** `raw`, telling which method is taken from it. */
function noting(raw: Api["raw"], note: (method: string) => void): Api["raw"] {
  return new Proxy(raw, {
    get(target, name, receiver) {
      note(String(name));
      return Reflect.get(target, name, receiver);
    },
  });
}

/** The id of the message that a call made, if it made one. */
function messageIn(result: unknown): number | undefined {
  if (typeof result !== "object" || result === null) return undefined;
  const { message_id } = result as Record<string, unknown>;
  return typeof message_id === "number" ? message_id : undefined;
}

import type { Clock } from "@chatcode/kit";
import type { Call, Calls } from "./calls.ts";
import { AGAIN_MS } from "./courier.ts";
import type { Priority } from "./lane.ts";
import type { Lanes } from "./lanes.ts";
import type { Outcome } from "./outcome.ts";

/** Tries of a call that Telegram puts off. */
const MAX_TRIES = 3;

interface Parts {
  readonly calls: Calls;
  readonly lanes: Lanes;
  readonly clock: Clock;
  /** The relay stops. */
  readonly signal: AbortSignal;
  /** Whether this instance of the relay may send now. */
  isSender(): boolean;
}

/** Calls of others that wait for their turn in a chat's lane. */
export class LaneTurns {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** @throws {Error} if the relay stops first, or too much waits for the chat */
  async call<T>(chat: number, call: Call<T>, priority: Priority = "reply"): Promise<Outcome<T>> {
    const { calls, isSender, lanes, signal } = this.#parts;
    const suspended = lanes.suspended(chat);
    if (suspended) return { state: "shut", why: suspended.why };
    // Another instance sends: an answer comes from where the question went.
    if (!isSender()) return await calls.make(chat, call);
    const { promise, resolve, reject } = Promise.withResolvers<Outcome<T>>();
    const onStop = () => reject(signal.reason);
    signal.addEventListener("abort", onStop, { once: true });
    this.#put(chat, { call, priority, key: `call ${crypto.randomUUID()}`, resolve, reject }, 1);
    try {
      return await promise;
    } finally {
      signal.removeEventListener("abort", onStop);
    }
  }

  #put<T>(
    chat: number,
    waiting: {
      readonly call: Call<T>;
      readonly priority: Priority;
      readonly key: string;
      resolve(outcome: Outcome<T>): void;
      reject(error: unknown): void;
    },
    tries: number,
  ): void {
    const { calls, clock, lanes } = this.#parts;
    const { call, key, priority, reject, resolve } = waiting;
    const isPut = lanes.of(chat).put(key, {
      priority,
      readyAtMs: clock.now() + (tries === 1 ? 0 : AGAIN_MS),
      run: async () => {
        try {
          const outcome = await calls.make(chat, call);
          const isPutOff = outcome.state === "limited" || outcome.state === "later";
          if (isPutOff && tries < MAX_TRIES) this.#put(chat, waiting, tries + 1);
          else resolve(outcome);
        } catch (error) {
          reject(error);
        }
      },
      dropped: () => resolve({ state: "later", why: "it gave way to what matters" }),
    });
    if (!isPut) reject(new Error("Cannot call Telegram: too much waits for that chat"));
  }
}

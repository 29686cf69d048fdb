import { type Clock, systemClock } from "@chatcode/kit";
import { ProtocolError } from "@chatcode/protocol";

export interface Asked {
  /** Whose key it is: keys are kept apart by principal. SPEC [RL3]. */
  readonly principal: string;
  readonly key: string;
  readonly method: string;
  /** Parsed, so that equal params have equal JSON. */
  readonly params: unknown;
}

interface Known {
  readonly method: string;
  readonly paramsJson: string;
  readonly answer: Promise<unknown>;
  readonly untilMs: number;
}

export interface IdempotencyOptions {
  /** Default: 1,000; beyond, the oldest is forgotten. */
  readonly maxKeys?: number;
  /** Default: ten minutes. */
  readonly keepMs?: number;
  readonly clock?: Clock;
}

/**
 * Makes what is asked twice happen once: the same key gives the same answer, also while the first
 * is still being worked on. A failure is forgotten, so that a retry acts. SPEC [RQ5].
 */
export class Idempotency {
  readonly #maxKeys: number;
  readonly #keepMs: number;
  readonly #clock: Clock;
  /** In order of arrival, so the first is the oldest. */
  readonly #known = new Map<string, Known>();

  constructor(options: IdempotencyOptions = {}) {
    this.#maxKeys = options.maxKeys ?? 1_000;
    this.#keepMs = options.keepMs ?? 10 * 60_000;
    this.#clock = options.clock ?? systemClock;
  }

  get size(): number {
    return this.#known.size;
  }

  /** @throws ProtocolError CONFLICT if the key was used for something else */
  once<T>(asked: Asked, act: () => Promise<T>): Promise<T> {
    this.#forgetExpired();
    const id = JSON.stringify([asked.principal, asked.key]);
    const paramsJson = JSON.stringify(asked.params);
    const known = this.#known.get(id);
    if (known !== undefined) {
      if (known.method === asked.method && known.paramsJson === paramsJson) {
        return known.answer as Promise<T>;
      }
      const conflict = new ProtocolError(
        "CONFLICT",
        `Cannot do ${asked.method}: the idempotency key was used for something else`,
      );
      return Promise.reject(conflict);
    }
    const answer = act();
    const untilMs = this.#clock.now() + this.#keepMs;
    const entry = { method: asked.method, paramsJson, answer, untilMs };
    this.#known.set(id, entry);
    if (this.#known.size > this.#maxKeys) this.#forgetOldest();
    answer.catch(() => {
      if (this.#known.get(id) === entry) this.#known.delete(id);
    });
    return answer;
  }

  #forgetExpired(): void {
    const nowMs = this.#clock.now();
    for (const [id, known] of this.#known) {
      if (known.untilMs > nowMs) return;
      this.#known.delete(id);
    }
  }

  #forgetOldest(): void {
    for (const id of this.#known.keys()) {
      this.#known.delete(id);
      return;
    }
  }
}

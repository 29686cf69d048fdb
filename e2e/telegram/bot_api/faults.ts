import { seededRandom } from "../../harness/random.ts";
import { TelegramError } from "./telegram_error.ts";

/** What goes wrong with a call. */
export type Fault =
  /** Telegram acted, and its answer is lost on the way. */
  | { readonly kind: "lost-after" }
  /** The call never came to Telegram, and the connection breaks. */
  | { readonly kind: "lost-before" }
  | { readonly kind: "slow"; readonly ms: number }
  | { readonly kind: "error"; readonly code: number; readonly description: string }
  | { readonly kind: "429"; readonly retryAfter: number };

export interface FaultRates {
  /** Shares of the calls, 0 to 1. */
  readonly lostAfter?: number;
  readonly lostBefore?: number;
  readonly tooMany?: number;
  /** Seconds told with a 429. */
  readonly retryAfter?: number;
  readonly slow?: number;
  readonly slowMs?: number;
  /** Makes the same faults again. */
  readonly seed?: number;
}

/** Which calls go wrong: those planned by name first, then a share of all. */
export class Faults {
  readonly #planned: { readonly method: string; readonly fault: Fault; times: number }[] = [];
  #rates: FaultRates = {};
  #random = seededRandom(1);
  /** How many of each kind there were. */
  readonly counts: Record<string, number> = {};

  /** The next `times` calls of `method` go wrong so. */
  plan(method: string, fault: Fault, times = 1): void {
    this.#planned.push({ method, fault, times });
  }

  setRates(rates: FaultRates): void {
    this.#rates = rates;
    this.#random = seededRandom(rates.seed ?? 1);
  }

  next(method: string): Fault | undefined {
    const fault = this.#planned.find((each) => each.method === method && each.times > 0);
    if (fault) fault.times--;
    const chosen = fault?.fault ?? this.#byChance(method);
    if (chosen) this.counts[chosen.kind] = (this.counts[chosen.kind] ?? 0) + 1;
    return chosen;
  }

  #byChance(method: string): Fault | undefined {
    if (!/^(send|edit|create|answer|delete|setMessageReaction)/.test(method)) return undefined;
    const { lostAfter = 0, lostBefore = 0, tooMany = 0, slow = 0 } = this.#rates;
    let chance = this.#random();
    if ((chance -= lostAfter) < 0) return { kind: "lost-after" };
    if ((chance -= lostBefore) < 0) return { kind: "lost-before" };
    if ((chance -= tooMany) < 0) return { kind: "429", retryAfter: this.#rates.retryAfter ?? 3 };
    if ((chance -= slow) < 0) return { kind: "slow", ms: this.#rates.slowMs ?? 500 };
    return undefined;
  }
}

/** The answer of a fault that is one. */
export function faultError(fault: Fault): TelegramError | undefined {
  if (fault.kind === "429") return TelegramError.tooManyRequests(fault.retryAfter);
  if (fault.kind === "error") return new TelegramError(fault.code, fault.description);
  return undefined;
}

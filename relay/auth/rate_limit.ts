import type { Clock } from "@chatcode/kit";
import { addressKey } from "./client_address.ts";

/** `burst` tries at once, then one more every `refillMs`. */
export interface RateRule {
  readonly burst: number;
  readonly refillMs: number;
}

/** What is limited before anybody has proved who they are: for one client, and for all together. */
export interface RateRules<Kind extends string> {
  readonly perClient: Readonly<Record<Kind, RateRule>>;
  readonly global: RateRule;
}

export type RateCheck = { state: "ok" } | { state: "limited"; retryAfterMs: number };

/** Clients kept in mind at once; beyond that the one not heard of for longest is forgotten. */
export const MAX_RATE_KEYS = 10_000;

/** The relay's own kinds and rules. */
export type RateKind = "sign_in" | "connect" | "page";

export const RATE_RULES: RateRules<RateKind> = {
  perClient: {
    /** A one-time link's token: 256 bits, so this only spares the store. */
    sign_in: { burst: 20, refillMs: 3_000 },
    /** A WebSocket that shows no valid credential. */
    connect: { burst: 60, refillMs: 1_000 },
    /** Anything else without a valid credential. */
    page: { burst: 120, refillMs: 250 },
  },
  global: { burst: 2_000, refillMs: 5 },
};

interface Bucket {
  tokens: number;
  atMs: number;
}

/**
 * Token buckets by client and kind, in bounded memory. Charge before the work; whoever then proves
 * who they are gets the charge back, so only failures and strangers are ever limited.
 */
export class RateLimit<Kind extends string> {
  readonly #clock: Clock;
  readonly #rules: RateRules<Kind>;
  readonly #maxKeys: number;
  readonly #keyOf: (client: string) => string;
  /** In the order of last use. */
  readonly #buckets = new Map<string, Bucket>();
  readonly #global: Bucket;

  /** @param options.keyOf what counts as one client. Default: its address */
  constructor(
    rules: RateRules<Kind>,
    options: { clock: Clock; maxKeys?: number; keyOf?: (client: string) => string },
  ) {
    this.#rules = rules;
    this.#clock = options.clock;
    this.#maxKeys = options.maxKeys ?? MAX_RATE_KEYS;
    this.#keyOf = options.keyOf ?? addressKey;
    this.#global = { tokens: rules.global.burst, atMs: options.clock.now() };
  }

  /** How many clients are kept in mind. */
  get size(): number {
    return this.#buckets.size;
  }

  /** Takes one try from the client's bucket and from everybody's, or from neither. */
  take(kind: Kind, client: string): RateCheck {
    const rule = this.#rules.perClient[kind];
    const bucket = this.#bucketOf(kind, client, rule);
    this.#refill(bucket, rule);
    this.#refill(this.#global, this.#rules.global);
    const waitMs = Math.max(wait(bucket, rule), wait(this.#global, this.#rules.global));
    if (waitMs > 0) return { state: "limited", retryAfterMs: Math.ceil(waitMs) };
    bucket.tokens -= 1;
    this.#global.tokens -= 1;
    return { state: "ok" };
  }

  /** Undoes one `take()`. */
  giveBack(kind: Kind, client: string): void {
    const rule = this.#rules.perClient[kind];
    const bucket = this.#bucketOf(kind, client, rule);
    bucket.tokens = Math.min(rule.burst, bucket.tokens + 1);
    this.#global.tokens = Math.min(this.#rules.global.burst, this.#global.tokens + 1);
  }

  #bucketOf(kind: Kind, client: string, rule: RateRule): Bucket {
    const key = `${kind} ${this.#keyOf(client)}`;
    const bucket = this.#buckets.get(key) ?? { tokens: rule.burst, atMs: this.#clock.now() };
    this.#buckets.delete(key);
    this.#buckets.set(key, bucket);
    if (this.#buckets.size > this.#maxKeys) {
      const [oldest] = this.#buckets.keys();
      if (oldest !== undefined) this.#buckets.delete(oldest);
    }
    return bucket;
  }

  #refill(bucket: Bucket, rule: RateRule): void {
    const nowMs = this.#clock.now();
    const elapsedMs = Math.max(0, nowMs - bucket.atMs); // the wall clock may be set back
    bucket.tokens = Math.min(rule.burst, bucket.tokens + elapsedMs / rule.refillMs);
    bucket.atMs = nowMs;
  }
}

/** Milliseconds until the bucket holds a whole try. */
function wait(bucket: Bucket, rule: RateRule): number {
  return bucket.tokens >= 1 ? 0 : (1 - bucket.tokens) * rule.refillMs;
}

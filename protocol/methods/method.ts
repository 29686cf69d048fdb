import type * as z from "zod";

/** One row of the method table. SPEC [RQ2]. */
export interface Method<P extends z.ZodType = z.ZodType, R extends z.ZodType = z.ZodType> {
  params: P;
  result: R;
  /** Who answers: the relay itself, or the host named by `params.host` or by the channel. */
  answeredBy: "relay" | "host";
  /** Changes something: carries an idempotency key, and read-only principals are refused. SPEC [RQ5]. */
  mutates: boolean;
  /** Answered in two stages: `accepted`, then the final `res`. SPEC [RQ4]. */
  long: boolean;
}

export function method<P extends z.ZodType, R extends z.ZodType>(
  params: P,
  result: R,
  traits: { answeredBy: "relay" | "host"; mutates?: boolean; long?: boolean },
): Method<P, R> {
  return { params, result, mutates: false, long: false, ...traits };
}

import { z } from "zod";

/** One key and what it holds. */
export interface Row<T> {
  readonly key: Deno.KvKey;
  readonly schema: z.ZodType<T>;
}

/** All keys that start alike and hold the same. */
export interface RowPrefix<T> {
  readonly prefix: Deno.KvKey;
  readonly schema: z.ZodType<T>;
}

export function row<T>(schema: z.ZodType<T>, ...key: string[]): Row<T> {
  return { key, schema };
}

export function prefix<T>(schema: z.ZodType<T>, ...key: string[]): RowPrefix<T> {
  return { prefix: key, schema };
}

/** Ids of ours: a word, then at least 96 random bits. */
export const idAfter = (word: string) =>
  z.string().regex(new RegExp(`^${word}_[A-Za-z0-9_-]{16,64}$`));

export const accountId = idAfter("acc").brand<"AccountId">();
export type AccountId = z.infer<typeof accountId>;

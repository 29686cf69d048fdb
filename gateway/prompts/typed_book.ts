import type { Log } from "@chatcode/kit";
import { z } from "zod";
import { digest } from "../agents/turn_book.ts";

const entrySchema = z.object({
  /** A digest of whose key it is and which. */
  key: z.string(),
  /** A digest of the session and the text: the text itself is not kept. */
  print: z.string(),
  atMs: z.number(),
  /** Whether Enter was about to be pressed; before that nothing was sent. */
  isEntered: z.boolean(),
  /** Whether the agent worked then. */
  wasBusy: z.boolean(),
  /** The conversation then. */
  before: z.string().optional(),
  /** The turn that it became, once that was seen. */
  turn: z.string().optional(),
});
/** A prompt that was typed, or was about to be. */
export type TypedPrompt = Readonly<z.infer<typeof entrySchema>>;

/** Prompts that are remembered as typed; the oldest are forgotten first. SPEC [RQ5]. */
export const MAX_TYPED = 200;
/** And for so long, in milliseconds. */
export const TYPED_KEPT_MS = 24 * 3600_000;

/**
 * Which prompts were typed, in a small file, so that whoever asks again with the same key, also
 * after a restart, has nothing typed twice. It holds digests and times only.
 */
export class TypedBook {
  readonly #path: string;
  readonly #log: Log;
  /** By key, in order of arrival. */
  readonly #entries = new Map<string, TypedPrompt>();
  #isFailing = false;

  private constructor(path: string, log: Log) {
    this.#path = path;
    this.#log = log;
    for (const entry of read(path)) this.#entries.set(entry.key, entry);
    this.#forget();
  }

  /** Takes up what an earlier gateway left. The folder must exist. */
  static open(path: string, log: Log): TypedBook {
    return new TypedBook(path, log);
  }

  get(key: string): TypedPrompt | undefined {
    this.#forget();
    return this.#entries.get(digest(key));
  }

  /** Is on disk when it returns, so that what follows needs not be done twice. */
  put(key: string, entry: Omit<TypedPrompt, "key">): TypedPrompt {
    const whole = { ...entry, key: digest(key) };
    this.#entries.delete(whole.key);
    this.#entries.set(whole.key, whole);
    this.#forget();
    this.#write();
    return whole;
  }

  /** It was seen as that turn; no other prompt is. */
  seen(key: string, turn: string): void {
    const typed = this.#entries.get(digest(key));
    if (typed === undefined || typed.turn === turn) return;
    this.#entries.set(typed.key, { ...typed, turn });
    this.#write();
  }

  /** Whether another prompt was seen as that turn. */
  isTaken(turn: string, key: string): boolean {
    const own = digest(key);
    return this.#entries.values().some((entry) => entry.turn === turn && entry.key !== own);
  }

  #forget(): void {
    const sinceMs = Date.now() - TYPED_KEPT_MS;
    for (const [key, { atMs }] of this.#entries) {
      if (this.#entries.size <= MAX_TYPED && atMs >= sinceMs) return;
      this.#entries.delete(key);
    }
  }

  #write(): void {
    try {
      const json = JSON.stringify([...this.#entries.values()]);
      Deno.writeTextFileSync(`${this.#path}.draft`, json, { mode: 0o600 });
      Deno.renameSync(`${this.#path}.draft`, this.#path);
      this.#isFailing = false;
    } catch (error) {
      // A full disk must not keep anybody from speaking to an agent: this gateway still knows.
      if (!this.#isFailing) this.#log.warn("prompts.book_failed", { error });
      this.#isFailing = true;
    }
  }
}

/** What a prompt is known by besides its key. */
export function printOf(session: string, text: string): string {
  return digest(JSON.stringify([session, text]));
}

function read(path: string): TypedPrompt[] {
  try {
    return z.array(entrySchema).parse(JSON.parse(Deno.readTextFileSync(path)));
  } catch {
    return []; // there is none yet, or it is not ours to understand
  }
}

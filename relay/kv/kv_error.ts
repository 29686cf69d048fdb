/** The closed list of what can be wrong with the store. */
export type KvCode =
  | "KV_FULL" // no space left; nothing was written
  | "KV_READ_ONLY" // the file or its file system refuses writes
  | "KV_LOCKED" // another process has it
  | "KV_DAMAGED" // the file is not a KV database
  | "KV_VALUE_DAMAGED" // one value does not fit its schema
  | "KV_CONFLICT" // others kept changing the same row
  | "KV_CLOSED" // closed by us
  | "KV_UNAVAILABLE"; // anything else; may heal by itself

const SENTENCES: Readonly<Record<KvCode, string>> = {
  KV_FULL: "the disk is full",
  KV_READ_ONLY: "the place is read-only",
  KV_LOCKED: "another process is using it",
  KV_DAMAGED: "the file is damaged or is not a KV database",
  KV_VALUE_DAMAGED: "the value does not fit its schema",
  KV_CONFLICT: "others kept changing it at the same time",
  KV_CLOSED: "the store is closed",
  KV_UNAVAILABLE: "the store does not answer",
};

/** The store failed. `message` is fit for a log and for an operator's eyes; it holds no value. */
export class KvError extends Error {
  override readonly name = "KvError";

  /** @param action what was tried, such as `open data in "/srv/chatcode"` */
  constructor(readonly code: KvCode, action: string, options?: ErrorOptions) {
    super(`Cannot ${action}: ${SENTENCES[code]}`, options);
  }

  /** Wraps what Deno threw. A KvError passes through as it is. */
  static from(thrown: unknown, action: string): KvError {
    if (thrown instanceof KvError) return thrown;
    return new KvError(kvCodeOf(thrown), action, { cause: thrown });
  }
}

/**
 * Deno gives KV failures no code of their own, only SQLite's words (https://sqlite.org/rescode.html)
 * or Deno's, so this one place reads the message. File system errors do carry `code`.
 */
export function kvCodeOf(thrown: unknown): KvCode {
  if (!(thrown instanceof Error)) return "KV_UNAVAILABLE";
  const code = "code" in thrown ? String(thrown.code) : "";
  const text = thrown.message;
  if (code === "ENOSPC" || code === "EDQUOT" || /disk is full|no space left/i.test(text)) {
    return "KV_FULL";
  }
  if (code === "EROFS" || /read-?only/i.test(text)) return "KV_READ_ONLY";
  if (/database (table )?is locked|database is busy/i.test(text)) return "KV_LOCKED";
  if (/not a database|disk image is malformed/i.test(text)) return "KV_DAMAGED";
  if (thrown instanceof Deno.errors.BadResource) return "KV_CLOSED";
  return "KV_UNAVAILABLE";
}

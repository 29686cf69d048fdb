/** What became of a call to the Bot API. https://core.telegram.org/bots/api#making-requests */
export type Outcome<T> =
  | { state: "done"; result: T }
  /** Too fast, and nothing was done. */
  | { state: "limited"; retryAfterMs: number }
  /** Nobody reads there any more: the bot was blocked or thrown out, or the chat is gone. */
  | { state: "shut"; why: string }
  | { state: "migrated"; to: number }
  | { state: "refused"; code: RefusalCode; why: string }
  /** Nothing was done, and it may work in a while. */
  | { state: "later"; why: string }
  /** It may or may not have been done. */
  | { state: "unknown"; why: string };

/**
 * `thread`: its topic is no more. `closed`: its topic is closed. `same`: an edit would change nothing. `message`: what is to be
 * edited is not there, or no longer ours to edit. `token`: the bot's token is no longer good.
 */
export type RefusalCode = "thread" | "closed" | "same" | "message" | "entities" | "token" | "other";

/** A Telegram that asks for more than this is asked again after this. In milliseconds. */
const RETRY_AFTER_CAP_MS = 3600_000;

/** Never throws, save the signal's reason when `signal` has aborted. */
export async function outcomeOf<T>(call: Promise<T>, signal?: AbortSignal): Promise<Outcome<T>> {
  try {
    return { state: "done", result: await call };
  } catch (thrown) {
    signal?.throwIfAborted();
    return failureOf(thrown);
  }
}

/** What an error of grammY's says. By its names, so that grammY need not be loaded to be asked. */
export function failureOf(thrown: unknown): Outcome<never> {
  if (!(thrown instanceof Error)) return { state: "unknown", why: String(thrown) };
  if (thrown.name === "GrammyError") return answerOf(thrown as Answer & Error);
  const why = wordsOf(thrown);
  return NOT_CONNECTED.test(why) ? { state: "later", why } : { state: "unknown", why };
}

interface Answer {
  readonly error_code?: number;
  readonly description?: string;
  readonly parameters?: { retry_after?: number; migrate_to_chat_id?: number };
}

function answerOf(
  { error_code = 0, description: why = "", parameters = {} }: Answer,
): Outcome<never> {
  const { retry_after: seconds, migrate_to_chat_id: to } = parameters;
  if (error_code === 429) {
    return { state: "limited", retryAfterMs: Math.min((seconds ?? 5) * 1_000, RETRY_AFTER_CAP_MS) };
  }
  if (to !== undefined) return { state: "migrated", to };
  // An answer of Telegram's own, not of something in between: it did not do it.
  if (error_code >= 500) return { state: "later", why };
  if (error_code === 401 || error_code === 404) return { state: "refused", code: "token", why };
  if (error_code === 403 || SHUT.test(why)) return { state: "shut", why };
  return { state: "refused", code: codeOf(why), why };
}

/**
 * Telegram has no codes for these, only words; as in
 * https://github.com/tdlib/telegram-bot-api/blob/master/telegram-bot-api/Client.cpp.
 */
const SHUT =
  /chat not found|chat_write_forbidden|have no rights to send|not enough rights to send|user is deactivated|peer_id_invalid/i;
const CODES: readonly (readonly [RegExp, RefusalCode])[] = [
  [/thread not found|topic_deleted|topic_id_invalid|topic not found/i, "thread"],
  [/topic_closed|topic is closed/i, "closed"],
  [/message is not modified|topic_not_modified/i, "same"],
  [
    /message to edit not found|message can't be edited|message_id_invalid|message to delete not found|there is no (text|caption) in the message/i,
    "message",
  ],
  [/entit(y|ies)|can't parse/i, "entities"],
];

function codeOf(why: string): RefusalCode {
  return CODES.find(([words]) => words.test(why))?.[1] ?? "other";
}

/** Nothing of the call left this machine. Deno tells it in words only. */
const NOT_CONNECTED =
  /tcp connect error|connection refused|dns error|failed to lookup address|network is unreachable|no route to host/i;

/** All that an error and its causes say; grammY's HttpError holds the cause in `error`. */
function wordsOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return String(thrown);
  const inner = "error" in thrown && thrown.error !== undefined ? thrown.error : thrown.cause;
  return inner === undefined ? thrown.message : `${thrown.message}: ${wordsOf(inner)}`;
}

import { Api, GrammyError, HttpError } from "grammy";

/** How long Telegram may take to answer, in seconds; an upload of 50 MB needs most of it. */
export const TELEGRAM_ANSWER_SECONDS = 60;

/** Calls to Telegram as one bot. No error that comes out of it holds the bot's token. */
export interface BotApi {
  readonly api: Api;
  /** The public half of the token. */
  readonly botId: number;
  /**
   * A file's bytes, by the `file_path` that `getFile` gave. Its URL holds the token, so it stays here.
   * @throws {Error} if Telegram does not give it
   */
  download(filePath: string, signal: AbortSignal): Promise<ReadableStream<Uint8Array<ArrayBuffer>>>;
}

export interface BotApiOptions {
  readonly token: string;
  /** Without a slash at its end. */
  readonly apiRoot: string;
}

export function openBotApi({ token, apiRoot }: BotApiOptions): BotApi {
  const [botId = ""] = token.split(":");
  const scrubbed = async (run: () => Promise<Response>): Promise<Response> => {
    try {
      return await run();
    } catch (thrown) {
      throw withoutToken(thrown, token);
    }
  };
  return {
    api: new Api(token, {
      apiRoot,
      timeoutSeconds: TELEGRAM_ANSWER_SECONDS,
      fetch: (url: string, init: RequestInit) =>
        scrubbed(() => fetch(url, { ...init, redirect: "error" })),
    }),
    botId: Number(botId),
    async download(filePath, signal) {
      const path = filePath.split("/").map(encodeURIComponent).join("/");
      const url = `${apiRoot}/file/bot${token}/${path}`;
      const response = await scrubbed(() => fetch(url, { signal, redirect: "error" }));
      if (response.ok && response.body !== null) return response.body;
      await response.body?.cancel();
      throw new Error(`Cannot fetch the file from Telegram: it answered ${response.status}`);
    },
  };
}

/** What went wrong with a call, in one line for a log or a person. */
export function callFailure(thrown: unknown): string {
  if (thrown instanceof GrammyError) {
    return `${thrown.method}: ${thrown.error_code} ${thrown.description}`;
  }
  if (thrown instanceof HttpError) return `${thrown.message} ${words(thrown.error)}`;
  return words(thrown);
}

/** Deno's network errors name the URL, in causes and stacks too, and a Bot API URL is a secret. */
function withoutToken(thrown: unknown, token: string): Error {
  const [, secret = token] = token.split(":");
  const error = new Error(words(thrown).replaceAll(secret, "…"));
  error.stack = `${error.name}: ${error.message}`;
  return error;
}

function words(thrown: unknown): string {
  if (!(thrown instanceof Error)) return String(thrown);
  return thrown.cause === undefined ? thrown.message : `${thrown.message}: ${words(thrown.cause)}`;
}

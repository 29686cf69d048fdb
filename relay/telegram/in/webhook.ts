import type { Log } from "@chatcode/kit";
import { hashSecret, sameText } from "../../auth/secret.ts";
import { type Incoming, incomingOf } from "./incoming.ts";
import type { Taking } from "./inbox.ts";

/** The largest update that is read, in bytes; Telegram's own are far smaller. */
export const MAX_UPDATE_BYTES = 512 * 1024;

/** When Telegram may come again while we are full, in seconds. */
const RETRY_AFTER_SECONDS = 5;

/** What Telegram puts the secret in (https://core.telegram.org/bots/api#setwebhook). */
const SECRET_HEADER = "x-telegram-bot-api-secret-token";

export interface WebhookParts {
  readonly secret: string;
  readonly log: Log;
  take(incoming: Incoming): Promise<Taking>;
}

/** Only Telegram and who has the token know it: made of the token, so that nobody need keep it. */
export async function webhookSecret(token: string): Promise<string> {
  return await hashSecret(`telegram webhook ${token}`);
}

/**
 * Answers one call of the webhook as soon as the update is stored: 200, also for what is known or not
 * for us. 401: not from Telegram. 400: no update, which sending it again would not mend. 503: later.
 */
export async function answerWebhook(req: Request, parts: WebhookParts): Promise<Response> {
  const { secret, log, take } = parts;
  const given = req.headers.get(SECRET_HEADER) ?? "";
  // Hashes have one length: the time tells nothing about the secret.
  if (!sameText(await hashSecret(given), await hashSecret(secret))) return status(401);
  const found = incomingOf(await bodyOf(req));
  if (found === undefined) return status(400);
  if (found === null) return status(200);
  try {
    return await take(found) === "full" ? later() : status(200);
  } catch (error) {
    log.warn("telegram.update_not_stored", { update: found.update, error });
    return later();
  }
}

/** `undefined` for what is no JSON, or too much of it. */
async function bodyOf(req: Request): Promise<unknown> {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let [text, bytes] = ["", 0];
  try {
    for await (const chunk of req.body ?? []) {
      bytes += chunk.length;
      if (bytes > MAX_UPDATE_BYTES) return undefined;
      text += decoder.decode(chunk, { stream: true });
    }
    return JSON.parse(text + decoder.decode());
  } catch {
    return undefined;
  }
}

function status(code: number): Response {
  return new Response(null, { status: code });
}

function later(): Response {
  return new Response(null, { status: 503, headers: { "retry-after": `${RETRY_AFTER_SECONDS}` } });
}

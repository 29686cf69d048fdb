import type { Log } from "@chatcode/kit";
import type { Api } from "grammy";
import type { InlineKeyboardButton, MessageEntity } from "grammy/types";
import { rows } from "../../kv/keys.ts";
import type { Store } from "../../kv/store.ts";
import type { Chats } from "../chats.ts";
import { chunks } from "../format/mod.ts";
import { type Call, type Outcome, outcomeOf, type TelegramOut } from "../out/mod.ts";
import type { Button, Emoji, Place, Replies, Said } from "./replies.ts";

/** How long it is known that something was said, in milliseconds: as long as an update may come. */
const SAID_KEPT_MS = 26 * 3600_000;

interface Parts {
  readonly api: Api;
  readonly out: Pick<TelegramOut, "call" | "post">;
  readonly chats: Chats;
  readonly store: Store;
  readonly log: Log;
}

/**
 * Says it in Telegram, at the pace of each chat. New messages are kept until they are sent; of the
 * rest, what Telegram does not take is logged, no more.
 */
export class LiveReplies implements Replies {
  readonly #parts: Parts;
  /** Reactions that wait for their turn: only the last of a message is worth a call. */
  readonly #reactions = new Map<string, Emoji | "none">();

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  async say(place: Place, said: Said, key: string): Promise<void> {
    const { chats, out } = this.#parts;
    const { chat, thread } = place;
    const about = thread === null ? null : await chats.sessionIn(chat, thread);
    const hasOutbox = await chats.chat(chat) !== null && (thread === null) === (about === null);
    if (hasOutbox) {
      const { rich: text, buttons = [], to, quiet } = said;
      const posting = { chat, about, key, text, buttons, to, sound: quiet !== true } as const;
      if (await out.post({ ...posting, priority: "reply" }) !== "full") return;
    }
    await this.#sayNow(place, said, key);
  }

  /** Not kept over a restart: where no outbox is, or it is full. */
  async #sayNow(
    { chat, thread }: Place,
    said: Said,
    key: string,
  ): Promise<void> {
    const { store } = this.#parts;
    const { rich, buttons = [], to, quiet } = said;
    const saidRow = rows.telegramSaid(key);
    if (await store.get(saidRow) !== null) return;
    const parts = chunks(rich);
    for (const [at, { text, entities }] of parts.entries()) {
      const isLast = at === parts.length - 1;
      await this.#call("sendMessage", chat, (raw, signal) =>
        raw.sendMessage({
          chat_id: chat,
          text,
          entities: entities as MessageEntity[],
          link_preview_options: { is_disabled: true },
          ...thread !== null && { message_thread_id: thread },
          ...quiet === true && { disable_notification: true },
          ...at === 0 && to !== undefined && {
            reply_parameters: { message_id: to, allow_sending_without_reply: true },
          },
          ...isLast && buttons.length > 0 && { reply_markup: keyboardOf(buttons) },
        }, signal));
    }
    await store.set(saidRow, {}, { expireInMs: SAID_KEPT_MS });
  }

  async edit({ chat }: Place, message: number, { rich, buttons = [] }: Said): Promise<void> {
    const [{ text, entities } = { text: "…", entities: [] }] = chunks(rich);
    await this.#call("editMessageText", chat, (raw, signal) =>
      raw.editMessageText({
        chat_id: chat,
        message_id: message,
        text,
        entities: entities as MessageEntity[],
        link_preview_options: { is_disabled: true },
        reply_markup: keyboardOf(buttons),
      }, signal));
  }

  async react({ chat }: Place, message: number, emoji: Emoji | null): Promise<void> {
    const key = `${chat} ${message}`;
    const isWaiting = this.#reactions.has(key);
    this.#reactions.set(key, emoji ?? "none");
    if (isWaiting) return;
    let last: Emoji | "none" = emoji ?? "none";
    await this.#decorate("setMessageReaction", chat, (raw, signal) => {
      last = this.#reactions.get(key) ?? last;
      this.#reactions.delete(key);
      return raw.setMessageReaction({
        chat_id: chat,
        message_id: message,
        reaction: last === "none" ? [] : [{ type: "emoji", emoji: last }],
      }, signal);
    });
    this.#reactions.delete(key);
  }

  async answer(press: string, text?: string, options: { alert?: boolean } = {}): Promise<void> {
    const { api } = this.#parts;
    // It goes to a person, not to a chat: no chat's pace counts it, and it must come soon.
    const answer = () =>
      outcomeOf(api.raw.answerCallbackQuery({
        callback_query_id: press,
        ...text !== undefined && { text: text.slice(0, 200), show_alert: options.alert ?? false },
      }));
    const outcome = await answer();
    const isOpen = outcome.state === "later" || outcome.state === "unknown";
    // Answered twice does no harm: the second is refused.
    this.#told("answerCallbackQuery", isOpen ? await answer() : outcome);
  }

  async typing({ chat, thread }: Place): Promise<void> {
    await this.#decorate("sendChatAction", chat, (raw, signal) =>
      raw.sendChatAction({
        chat_id: chat,
        action: "typing",
        ...thread !== null && { message_thread_id: thread },
      }, signal));
  }

  /** What is no loss if it fails, also because the relay stops. */
  async #decorate<T>(name: string, chat: number, call: Call<T>): Promise<void> {
    await this.#call(name, chat, call).catch((error: unknown) => {
      this.#parts.log.debug("telegram.not_decorated", { method: name, error });
    });
  }

  async #call<T>(name: string, chat: number, call: Call<T>): Promise<void> {
    const { api, chats, out } = this.#parts;
    // A chat of nobody's has no lane to wait in; how often one is answered is limited elsewhere.
    const outcome = await chats.chat(chat) === null
      ? await outcomeOf(call(api.raw, undefined))
      : await out.call(chat, call);
    this.#told(name, outcome);
  }

  #told(method: string, outcome: Outcome<unknown>): void {
    if (outcome.state === "done") return;
    const why = "why" in outcome ? outcome.why : undefined;
    const harmless = outcome.state === "refused" && outcome.code === "same";
    this.#parts.log[harmless ? "debug" : "warn"]("telegram.reply_not_said", {
      method,
      state: outcome.state,
      why,
    });
  }
}

function keyboardOf(buttons: readonly (readonly Button[])[]) {
  const inline_keyboard: InlineKeyboardButton[][] = buttons.map((row) =>
    row.map((button) =>
      "url" in button
        ? { text: button.text, url: button.url }
        : { text: button.text, callback_data: button.data }
    )
  );
  return { inline_keyboard };
}

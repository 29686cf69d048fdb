import type { InlineKeyboardMarkup, MessageEntity } from "grammy/types";
import type { SeenButton, SeenChat, SeenFile, SeenMessage } from "./seen.ts";
import { isEmptyText, isTelegramLink, type ShownText, shownText } from "./shown_text.ts";
import { TelegramError } from "./telegram_error.ts";
import type { World } from "./world.ts";

export type Params = Readonly<Record<string, unknown>>;
export type Upload = (field: unknown) => File | undefined;
export type Calls = Record<string, (params: Params, upload: Upload) => unknown>;

/** What the bot can do with messages. */
export function messageCalls(world: World): Calls {
  const send = (params: Params, more: { shown: ShownText; file?: SeenFile }) => {
    const chat = world.chat(params.chat_id);
    const topic = world.threadFor(chat, params.message_thread_id);
    const message = world.add(chat, {
      topic,
      ...more.shown,
      buttons: buttonsOf(params.reply_markup),
      silent: params.disable_notification === true,
      replyTo: replyTo(world, chat, params.reply_parameters),
      ...(more.file === undefined ? {} : { file: more.file }),
    });
    return world.told(message);
  };
  const sendFile = async (params: Params, upload: Upload, field: string, mediaType?: string) => {
    world.threadFor(world.chat(params.chat_id), params.message_thread_id);
    const shown = captionOf(params);
    const uploaded = upload(params[field]);
    const known = world.files.get(String(params[field]));
    if (!uploaded && !known) {
      throw TelegramError.badRequest("wrong file identifier/HTTP URL specified");
    }
    if (uploaded && uploaded.size === 0) throw TelegramError.badRequest("file must be non-empty");
    if (uploaded && uploaded.size > 50 * 1024 * 1024) {
      throw new TelegramError(413, "Request Entity Too Large");
    }
    const file = known ?? world.addFile(
      uploaded!.name,
      mediaType ?? (uploaded!.type || "application/octet-stream"),
      new Uint8Array(await uploaded!.arrayBuffer()),
    );
    return send(params, { shown, file });
  };
  const edited = (params: Params): SeenMessage => {
    const chat = world.chat(params.chat_id);
    const message = world.message(chat, params.message_id, "message to edit not found");
    if (message.from) throw TelegramError.badRequest("message can't be edited");
    return message;
  };
  const edit = (params: Params, shown: ShownText | undefined) => {
    const message = edited(params);
    const buttons = buttonsOf(params.reply_markup);
    const next = shown ?? { text: message.text, entities: message.entities };
    if (
      next.text === message.text && same(next.entities, message.entities) &&
      same(buttons, message.buttons)
    ) throw TelegramError.badRequest(NOT_MODIFIED);
    message.earlier.push(message.text);
    message.text = next.text;
    message.entities = next.entities;
    message.buttons = buttons;
    return world.told(message);
  };

  return {
    sendMessage: (params) => send(params, { shown: textOf(params) }),
    sendDocument: (params, upload) => sendFile(params, upload, "document"),
    sendPhoto: (params, upload) => sendFile(params, upload, "photo", "image/jpeg"),
    sendChatAction: (params) => {
      const chat = world.chat(params.chat_id);
      const topic = world.threadFor(chat, params.message_thread_id);
      chat.typing.push({ topic, atMs: world.clock.now() });
      return true;
    },
    editMessageText: (params) => {
      if (edited(params).file) {
        throw TelegramError.badRequest("there is no text in the message to edit");
      }
      return edit(params, textOf(params));
    },
    editMessageCaption: (params) => {
      if (!edited(params).file) {
        throw TelegramError.badRequest("there is no caption in the message to edit");
      }
      return edit(params, captionOf(params));
    },
    editMessageReplyMarkup: (params) => edit(params, undefined),
    deleteMessage: (params) => remove(world, params.chat_id, params.message_id),
    deleteMessages: (params) => {
      for (const id of params.message_ids as number[]) remove(world, params.chat_id, id);
      return true;
    },
    setMessageReaction: (params) => {
      const chat = world.chat(params.chat_id);
      const message = world.message(chat, params.message_id, "message to react not found");
      message.reactions = ((params.reaction ?? []) as { emoji?: string }[])
        .map(({ emoji }) => emoji ?? "custom");
      return true;
    },
    pinChatMessage: (params) => {
      const chat = world.chat(params.chat_id);
      world.message(chat, params.message_id, "message to pin not found").pinned = true;
      return true;
    },
    unpinChatMessage: (params) => {
      const chat = world.chat(params.chat_id);
      for (const message of chat.messages) {
        if (params.message_id === undefined || message.id === params.message_id) {
          message.pinned = false;
        }
      }
      return true;
    },
  };
}

const NOT_MODIFIED =
  "message is not modified: specified new message content and reply markup are exactly the same " +
  "as a current content and reply markup of the message";

function textOf(params: Params): ShownText {
  return shown(
    String(params.text),
    params.entities,
    4_096,
    "message text is empty",
    "message is too long",
  );
}

function captionOf(params: Params): ShownText {
  if (params.caption === undefined) return { text: "", entities: [] };
  const text = String(params.caption);
  return shown(text, params.caption_entities, 1_024, undefined, "message caption is too long");
}

function shown(
  text: string,
  given: unknown,
  most: number,
  empty: string | undefined,
  tooLong: string,
): ShownText {
  const entities = (given ?? []) as MessageEntity[];
  for (const entity of entities) {
    if (entity.offset + entity.length > text.length) {
      throw TelegramError.badRequest(
        `entity beginning at UTF-16 offset ${entity.offset} ends after the end of the text at ` +
          `UTF-16 offset ${entity.offset + entity.length}`,
      );
    }
    if (entity.type === "text_link" && !isTelegramLink(entity.url)) {
      throw TelegramError.badRequest(`entity URL '${entity.url}' is invalid: Wrong HTTP URL`);
    }
  }
  const result = shownText(text, entities);
  if (empty !== undefined && isEmptyText(result.text)) throw TelegramError.badRequest(empty);
  if (result.text.length > most) throw TelegramError.badRequest(tooLong);
  return result;
}

function buttonsOf(markup: unknown): SeenButton[][] {
  const rows = (markup as InlineKeyboardMarkup | undefined)?.inline_keyboard ?? [];
  return rows.map((row) =>
    row.map((button): SeenButton => {
      const { text } = button;
      if ("callback_data" in button) {
        const { callback_data: data } = button;
        const bytes = new TextEncoder().encode(data).length;
        if (bytes < 1 || bytes > 64) throw TelegramError.badRequest("BUTTON_DATA_INVALID");
        return { text, data };
      }
      if (!("url" in button)) return { text };
      if (!isTelegramLink(button.url)) {
        throw TelegramError.badRequest(
          `inline keyboard button URL '${button.url}' is invalid: Wrong HTTP URL`,
        );
      }
      return { text, url: button.url };
    })
  );
}

function replyTo(world: World, chat: SeenChat, given: unknown): number | undefined {
  const reply = given as { message_id?: number; allow_sending_without_reply?: boolean } | undefined;
  if (reply?.message_id === undefined) return undefined;
  if (chat.messages.some(({ id }) => id === reply.message_id)) return reply.message_id;
  if (reply.allow_sending_without_reply) return undefined;
  world.message(chat, reply.message_id, "message to be replied not found");
  return undefined;
}

function remove(world: World, chatId: unknown, id: unknown): true {
  const chat = world.chat(chatId);
  const message = world.message(chat, id, "message to delete not found");
  chat.messages.splice(chat.messages.indexOf(message), 1);
  return true;
}

function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

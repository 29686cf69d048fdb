import type { Clock } from "@chatcode/kit";
import type { Chat, Message, MessageEntity, User, UserFromGetMe } from "grammy/types";
import type { SeenButton, SeenChat, SeenFile, SeenMessage, SeenPress, SeenTopic } from "./seen.ts";
import { TelegramError } from "./telegram_error.ts";

export interface NewMessage {
  readonly topic?: number | undefined;
  readonly from?: User;
  readonly text?: string;
  readonly entities?: MessageEntity[];
  readonly buttons?: SeenButton[][];
  readonly file?: SeenFile;
  readonly silent?: boolean;
  readonly replyTo?: number | undefined;
}

/** Chats and what stands in them. */
export class World {
  readonly clock: Clock;
  readonly bot: UserFromGetMe;
  readonly chats = new Map<number, SeenChat>();
  readonly files = new Map<string, SeenFile>();
  readonly presses = new Map<string, SeenPress>();
  readonly commands = new Map<string, { command: string; description: string }[]>();
  #messages = 0;

  constructor(clock: Clock, bot: UserFromGetMe) {
    this.clock = clock;
    this.bot = bot;
  }

  /** The chat, if the bot may write there. */
  chat(id: unknown): SeenChat {
    const chat = this.chats.get(Number(id));
    if (!chat) throw TelegramError.badRequest("chat not found");
    if (chat.bot === "gone") {
      throw TelegramError.forbidden("bot was kicked from the supergroup chat");
    }
    if (chat.blocked) throw TelegramError.forbidden("bot was blocked by the user");
    return chat;
  }

  /** Whether topics can be made there. */
  isForum(chat: SeenChat): boolean {
    return chat.type === "private" ? this.bot.has_topics_enabled === true : chat.forum;
  }

  /** A topic that can be changed. */
  topic(chat: SeenChat, id: unknown): SeenTopic {
    const topic = chat.topics.get(Number(id));
    if (!topic || topic.deleted) throw TelegramError.badRequest("TOPIC_ID_INVALID");
    return topic;
  }

  /** Where a message to the thread `id` comes to stand. */
  threadFor(chat: SeenChat, id: unknown): number | undefined {
    if (id === undefined) return undefined;
    const topic = chat.topics.get(Number(id));
    if (!topic || !this.isForum(chat)) throw TelegramError.badRequest("message thread not found");
    if (topic.deleted === "shown in the chat") return undefined;
    if (topic.deleted) throw TelegramError.badRequest(topic.deleted);
    if (topic.closed && chat.bot !== "administrator") {
      throw TelegramError.badRequest("TOPIC_CLOSED");
    }
    return topic.id;
  }

  message(chat: SeenChat, id: unknown, missing: string): SeenMessage {
    const message = chat.messages.find((each) => each.id === Number(id));
    if (!message) throw TelegramError.badRequest(missing);
    return message;
  }

  /** The next number of a message; topics take theirs from the same row. */
  nextId(): number {
    return ++this.#messages;
  }

  add(chat: SeenChat, message: NewMessage): SeenMessage {
    const seen: SeenMessage = {
      id: this.nextId(),
      chat: chat.id,
      topic: message.topic,
      from: message.from,
      text: message.text ?? "",
      entities: message.entities ?? [],
      buttons: message.buttons ?? [],
      file: message.file,
      silent: message.silent ?? false,
      replyTo: message.replyTo,
      atMs: this.clock.now(),
      earlier: [],
      reactions: [],
      pinned: false,
    };
    chat.messages.push(seen);
    return seen;
  }

  addTopic(chat: SeenChat, name: string): SeenTopic {
    const topic: SeenTopic = {
      id: this.nextId(),
      name,
      closed: false,
      deleted: undefined,
      names: [name],
    };
    chat.topics.set(topic.id, topic);
    return topic;
  }

  addFile(name: string, mediaType: string, bytes: Uint8Array<ArrayBuffer>): SeenFile {
    const file: SeenFile = {
      id: `file_${this.files.size + 1}_${name.length}`,
      name,
      mediaType,
      bytes,
    };
    this.files.set(file.id, file);
    return file;
  }

  /** The message as the Bot API tells it. */
  told(message: SeenMessage): Message {
    const chat = this.chats.get(message.chat)!;
    const { file } = message;
    const body = file === undefined ? { text: message.text, ...entitiesOf(message, "entities") } : {
      ...fileOf(file),
      ...(message.text === "" ? {} : { caption: message.text }),
      ...entitiesOf(message, "caption_entities"),
    };
    return {
      message_id: message.id,
      date: Math.floor(message.atMs / 1_000),
      chat: chatOf(chat),
      from: message.from ?? asUser(this.bot),
      ...(message.topic === undefined
        ? {}
        : { message_thread_id: message.topic, is_topic_message: true as const }),
      ...(message.buttons.length === 0
        ? {}
        : { reply_markup: { inline_keyboard: message.buttons.map((row) => row.map(buttonOf)) } }),
      ...body,
    } as unknown as Message;
  }
}

export function chatOf(chat: SeenChat): Chat {
  if (chat.type === "private") {
    return { id: chat.id, type: "private", first_name: chat.owner.first_name };
  }
  return {
    id: chat.id,
    type: "supergroup",
    title: chat.title,
    ...(chat.forum ? { is_forum: true as const } : {}),
  };
}

export function asUser(bot: UserFromGetMe): User {
  const { id, is_bot, first_name, username } = bot;
  return { id, is_bot, first_name, username };
}

function entitiesOf(message: SeenMessage, name: string): Record<string, MessageEntity[]> {
  return message.entities.length === 0 ? {} : { [name]: message.entities };
}

function buttonOf({ text, data, url }: SeenButton): Record<string, string> {
  return { text, ...(data === undefined ? {} : { callback_data: data }), ...(url ? { url } : {}) };
}

function fileOf({ id, name, mediaType, bytes }: SeenFile): Record<string, unknown> {
  const file = { file_id: id, file_unique_id: `u${id}`, file_size: bytes.length };
  if (mediaType === "image/jpeg") {
    const small = { ...file, file_id: `${id}s`, file_size: Math.ceil(bytes.length / 10) };
    return {
      photo: [{ ...small, width: 90, height: 60 }, { ...file, width: 1_280, height: 853 }],
    };
  }
  if (mediaType === "audio/ogg") return { voice: { ...file, mime_type: mediaType, duration: 3 } };
  return { document: { ...file, file_name: name, mime_type: mediaType } };
}

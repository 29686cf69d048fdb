import type { MessageEntity, Update, User } from "grammy/types";
import { botMember } from "./chat_calls.ts";
import type {
  DeletedTopic,
  SeenButton,
  SeenChat,
  SeenFile,
  SeenMessage,
  SeenPress,
  SeenTopic,
} from "./seen.ts";
import type { UpdateQueue } from "./update_queue.ts";
import { asUser, chatOf, type World } from "./world.ts";

export interface SayOptions {
  readonly topic?: number | undefined;
  readonly replyTo?: number;
}

export interface FileToSend {
  readonly kind: "document" | "photo" | "voice";
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly name?: string;
  readonly mediaType?: string;
  readonly caption?: string;
}

const FILE_TYPES = {
  photo: ["photo.jpg", "image/jpeg"],
  voice: ["voice.oga", "audio/ogg"],
  document: ["file.bin", "application/octet-stream"],
} as const;

/** What people do in Telegram; each deed becomes an update for the bot. */
export class People {
  readonly #world: World;
  readonly #updates: UpdateQueue;
  #ids = 5_000;

  constructor(world: World, updates: UpdateQueue) {
    this.#world = world;
    this.#updates = updates;
  }

  /** Somebody new, who has not spoken to the bot. */
  user(firstName = "Ada", username?: string): User {
    const id = this.#ids++;
    return { id, is_bot: false, first_name: firstName, ...(username ? { username } : {}) };
  }

  /** The private chat of `user`, which is there once they pressed Start. No update is sent. */
  privateChat(user: User): SeenChat {
    return this.#world.chats.get(user.id) ?? this.#chat(user.id, "private", user.first_name, user);
  }

  /** A group of `owner`; the bot is not in it until `addBot`. */
  group(owner: User, title: string, { forum = true } = {}): SeenChat {
    const chat = this.#chat(-1_001_000_000_000 - this.#ids++, "supergroup", title, owner);
    chat.bot = "gone";
    chat.forum = forum;
    return chat;
  }

  addBot(by: User, chat: SeenChat, as: "member" | "administrator" = "administrator"): void {
    this.#changeBot(by, chat, () => {
      chat.bot = as;
    });
  }

  removeBot(by: User, chat: SeenChat): void {
    this.#changeBot(by, chat, () => {
      chat.bot = "gone";
    });
  }

  block(user: User): void {
    const chat = this.privateChat(user);
    this.#changeBot(user, chat, () => {
      chat.blocked = true;
    });
  }

  unblock(user: User): void {
    const chat = this.privateChat(user);
    this.#changeBot(user, chat, () => {
      chat.blocked = false;
    });
  }

  say(user: User, chat: SeenChat, text: string, options: SayOptions = {}): SeenMessage {
    return this.#post(user, chat, { text, entities: commandsIn(text) }, options);
  }

  edit(message: SeenMessage, text: string): void {
    message.earlier.push(message.text);
    message.text = text;
    message.entities = commandsIn(text);
    const edited = { ...this.#world.told(message), edit_date: this.#seconds() };
    this.#add({ edited_message: edited as NonNullable<Update["edited_message"]> }, message.chat);
  }

  send(user: User, chat: SeenChat, file: FileToSend, options: SayOptions = {}): SeenMessage {
    return this.#post(user, chat, {
      file: this.#file(file),
      text: file.caption ?? "",
    }, options);
  }

  /** Several files in one go: one message each, with the same group. */
  album(
    user: User,
    chat: SeenChat,
    files: readonly FileToSend[],
    options: SayOptions = {},
  ): SeenMessage[] {
    const group = `album${this.#ids++}`;
    return files.map((file) =>
      this.#post(user, chat, { file: this.#file(file), text: file.caption ?? "" }, options, group)
    );
  }

  /**
   * Presses the button of that text (or data) under a message; `answer` of what comes back is
   * there once the bot answered.
   * @throws {Error} if the message has no such button
   */
  press(user: User, message: SeenMessage, button: string): SeenPress {
    const pressed = message.buttons.flat().find(({ text, data }: SeenButton) =>
      text === button || data === button
    );
    if (pressed?.data === undefined) {
      throw new Error(`Cannot press "${button}": message ${message.id} has no such button`);
    }
    return this.pressData(user, message, pressed.data);
  }

  /** The same for a button that may be gone: a client can show an old state. */
  pressData(user: User, message: SeenMessage, data: string): SeenPress {
    const press: SeenPress = {
      id: `press${this.#ids++}`,
      data,
      atMs: this.#world.clock.now(),
      answer: undefined,
    };
    this.#world.presses.set(press.id, press);
    this.#add({
      callback_query: {
        id: press.id,
        from: user,
        chat_instance: String(message.chat),
        data,
        message: this.#world.told(message),
      },
    }, message.chat);
    return press;
  }

  /** A topic that a person makes. */
  createTopic(user: User, chat: SeenChat, name: string): SeenTopic {
    const topic = this.#world.addTopic(chat, name);
    this.#service(user, chat, topic, { forum_topic_created: { name, icon_color: 0x6fb9f0 } });
    return topic;
  }

  renameTopic(user: User, chat: SeenChat, topic: SeenTopic, name: string): void {
    topic.name = name;
    topic.names.push(name);
    this.#service(user, chat, topic, { forum_topic_edited: { name } });
  }

  closeTopic(user: User, chat: SeenChat, topic: SeenTopic): void {
    topic.closed = true;
    this.#service(user, chat, topic, { forum_topic_closed: {} });
  }

  /** Deletes the topic and what stands in it. The bot hears nothing until it writes there. */
  deleteTopic(
    chat: SeenChat,
    topic: SeenTopic,
    heard: DeletedTopic = "message thread not found",
  ): void {
    topic.deleted = heard;
    const kept = chat.messages.filter((message) => message.topic !== topic.id);
    chat.messages.splice(0, chat.messages.length, ...kept);
  }

  #chat(id: number, type: SeenChat["type"], title: string, owner: User): SeenChat {
    const chat: SeenChat = {
      id,
      type,
      title,
      forum: false,
      bot: "member",
      blocked: false,
      owner,
      topics: new Map(),
      messages: [],
      typing: [],
    };
    this.#world.chats.set(id, chat);
    return chat;
  }

  #file({ kind, bytes, name, mediaType }: FileToSend): SeenFile {
    const [usualName, usualType] = FILE_TYPES[kind];
    return this.#world.addFile(name ?? usualName, mediaType ?? usualType, bytes);
  }

  #post(
    user: User,
    chat: SeenChat,
    what: { text: string; entities?: MessageEntity[]; file?: SeenFile },
    { topic, replyTo }: SayOptions,
    group?: string,
  ): SeenMessage {
    const message = this.#world.add(chat, { ...what, topic, from: user, replyTo });
    const reply = chat.messages.find(({ id }) => id === replyTo);
    if (!this.#isTold(chat, message, reply)) return message;
    this.#add({
      message: {
        ...this.#world.told(message),
        ...(group === undefined ? {} : { media_group_id: group }),
        ...(reply ? { reply_to_message: this.#world.told(reply) } : {}),
      } as NonNullable<Update["message"]>,
    }, chat.id);
    return message;
  }

  /**
   * Whether the bot hears of a message: in a group where it is no administrator only what is meant
   * for it (https://core.telegram.org/bots/features#privacy-mode).
   */
  #isTold(chat: SeenChat, { text }: SeenMessage, reply: SeenMessage | undefined): boolean {
    if (chat.type === "private" || chat.bot === "administrator") return true;
    if (chat.bot === "gone") return false;
    const { can_read_all_group_messages: hearsAll, username } = this.#world.bot;
    return hearsAll || text.startsWith("/") || text.includes(`@${username}`) ||
      (reply !== undefined && reply.from === undefined);
  }

  #service(user: User, chat: SeenChat, topic: SeenTopic, what: Record<string, unknown>): void {
    const { text: _, ...told } = this.#world.told(
      this.#world.add(chat, { topic: topic.id, from: user }),
    );
    this.#add({ message: { ...told, ...what } as NonNullable<Update["message"]> }, chat.id);
  }

  #changeBot(by: User, chat: SeenChat, change: () => void): void {
    const before = botMember(this.#world, chat);
    change();
    this.#add({
      my_chat_member: {
        chat: chatOf(chat),
        from: by,
        date: this.#seconds(),
        old_chat_member: before,
        new_chat_member: botMember(this.#world, chat),
      } as unknown as NonNullable<Update["my_chat_member"]>,
    }, chat.id);
    if (chat.type === "private" || chat.bot === "gone") return;
    const { text: _, ...told } = this.#world.told(this.#world.add(chat, { from: by }));
    const added = { ...told, new_chat_members: [asUser(this.#world.bot)] };
    this.#add({ message: added as unknown as NonNullable<Update["message"]> }, chat.id);
  }

  #add(update: Omit<Update, "update_id">, chat: number): void {
    this.#updates.add(update, chat);
  }

  #seconds(): number {
    return Math.floor(this.#world.clock.now() / 1_000);
  }
}

function commandsIn(text: string): MessageEntity[] {
  return [...text.matchAll(/(?<![\w/])\/[a-z0-9_]{1,32}(@\w+)?(?![\w/])/gi)].map((found) => ({
    type: "bot_command" as const,
    offset: found.index,
    length: found[0].length,
  }));
}

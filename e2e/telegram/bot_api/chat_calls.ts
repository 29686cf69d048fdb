import type { Calls } from "./message_calls.ts";
import type { SeenChat } from "./seen.ts";
import { TelegramError } from "./telegram_error.ts";
import { asUser, chatOf, type World } from "./world.ts";

/** The oldest press of a button that may be answered. */
const PRESS_MAX_AGE_MS = 150_000;

/** What the bot can do with chats, topics and itself. */
export function chatCalls(world: World): Calls {
  const forum = (id: unknown): SeenChat => {
    const chat = world.chat(id);
    if (!world.isForum(chat)) throw TelegramError.badRequest("the chat is not a forum");
    if (chat.type === "supergroup" && chat.bot !== "administrator") {
      throw TelegramError.badRequest("not enough rights to create a topic");
    }
    return chat;
  };
  const supergroup = (id: unknown): SeenChat => {
    const chat = forum(id);
    if (chat.type === "private") {
      throw TelegramError.badRequest("the method is available only in supergroups");
    }
    return chat;
  };
  const close = (closed: boolean): Calls[string] => (params) => {
    const topic = world.topic(supergroup(params.chat_id), params.message_thread_id);
    if (topic.closed === closed) throw TelegramError.badRequest("TOPIC_NOT_MODIFIED");
    topic.closed = closed;
    return true;
  };
  const scope = (params: Readonly<Record<string, unknown>>) =>
    JSON.stringify([params.scope ?? { type: "default" }, params.language_code ?? ""]);

  return {
    getMe: () => world.bot,
    getChat: ({ chat_id }) => ({ ...chatOf(world.chat(chat_id)), accent_color_id: 0 }),
    getChatMember: ({ chat_id, user_id }) => {
      const chat = world.chat(chat_id);
      if (user_id === world.bot.id) return botMember(world, chat);
      if (user_id === chat.owner.id) {
        return { status: "creator", user: chat.owner, is_anonymous: false };
      }
      return { status: "left", user: { id: user_id, is_bot: false, first_name: "Somebody" } };
    },
    getChatAdministrators: ({ chat_id }) => {
      const chat = world.chat(chat_id);
      return [
        { status: "creator", user: chat.owner, is_anonymous: false },
        ...(chat.bot === "administrator" ? [botMember(world, chat)] : []),
      ];
    },
    leaveChat: ({ chat_id }) => {
      world.chat(chat_id).bot = "gone";
      return true;
    },
    createForumTopic: (params) => {
      const topic = world.addTopic(forum(params.chat_id), String(params.name));
      return { message_thread_id: topic.id, name: topic.name, icon_color: 0x6fb9f0 };
    },
    editForumTopic: (params) => {
      const topic = world.topic(forum(params.chat_id), params.message_thread_id);
      const name = params.name === undefined ? topic.name : String(params.name);
      if (name === topic.name) throw TelegramError.badRequest("TOPIC_NOT_MODIFIED");
      topic.name = name;
      topic.names.push(name);
      return true;
    },
    closeForumTopic: close(true),
    reopenForumTopic: close(false),
    deleteForumTopic: (params) => {
      const chat = forum(params.chat_id);
      const topic = world.topic(chat, params.message_thread_id);
      topic.deleted = "message thread not found";
      const kept = chat.messages.filter((message) => message.topic !== topic.id);
      chat.messages.splice(0, chat.messages.length, ...kept);
      return true;
    },
    answerCallbackQuery: (params) => {
      const press = world.presses.get(String(params.callback_query_id));
      if (!press || press.answer || world.clock.now() - press.atMs > PRESS_MAX_AGE_MS) {
        throw TelegramError.badRequest(
          "query is too old and response timeout expired or query ID is invalid",
        );
      }
      press.answer = { text: String(params.text ?? ""), alert: params.show_alert === true };
      return true;
    },
    getFile: ({ file_id }) => {
      const id = String(file_id).replace(/s$/, "");
      const file = world.files.get(id);
      if (!file) throw TelegramError.badRequest("invalid file_id");
      if (file.bytes.length > 20 * 1024 * 1024) throw TelegramError.badRequest("file is too big");
      return {
        file_id,
        file_unique_id: `u${id}`,
        file_size: file.bytes.length,
        file_path: `files/${id}/${encodeURIComponent(file.name)}`,
      };
    },
    setMyCommands: (params) => {
      world.commands.set(
        scope(params),
        params.commands as { command: string; description: string }[],
      );
      return true;
    },
    getMyCommands: (params) => world.commands.get(scope(params)) ?? [],
    deleteMyCommands: (params) => {
      world.commands.delete(scope(params));
      return true;
    },
    setMyDescription: () => true,
    setMyShortDescription: () => true,
    setChatMenuButton: () => true,
  };
}

/** The bot as a member of `chat`, with every right that matters here where it is administrator. */
export function botMember(world: World, chat: SeenChat): Record<string, unknown> {
  const user = asUser(world.bot);
  if (chat.bot === "gone" || chat.blocked) return { status: "kicked", user, until_date: 0 };
  if (chat.bot === "member") return { status: "member", user };
  return {
    status: "administrator",
    user,
    can_be_edited: false,
    is_anonymous: false,
    can_manage_chat: true,
    can_delete_messages: true,
    can_manage_topics: true,
    can_pin_messages: true,
  };
}

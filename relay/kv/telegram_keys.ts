import {
  type HostId,
  hostId,
  type SessionId,
  sessionId,
  type TelegramSettings,
  telegramSettings,
  unixMs,
} from "@chatcode/protocol";
import { z } from "zod";
import { type AccountId, accountId, prefix, row } from "./row.ts";

/**
 * Keys and values of Telegram. Ids of users, chats and threads are Telegram's own numbers: they fit in
 * 52 bits (https://core.telegram.org/bots/api#user), and groups' are negative.
 */

export type { TelegramSettings };

/** What is written to the audit log about Telegram. */
export const telegramAuditActions = [
  "telegram.link",
  "telegram.unlink",
  "telegram.settings",
  "telegram.group",
] as const;

export const telegramUserId = z.int().min(1);
export const telegramChatId = z.int();
export const telegramThreadId = z.int().min(1);
export const telegramMessageId = z.int().min(1);

const telegramLink = z.object({
  account: accountId,
  user: telegramUserId,
  /** As Telegram tells it, for people to recognise. */
  name: z.string().max(200),
  linkedAtMs: unixMs,
  /** The chat where sessions are told of. */
  home: telegramChatId,
});
export type TelegramLinkRow = z.infer<typeof telegramLink>;

const telegramChat = z.object({
  id: telegramChatId,
  account: accountId,
  kind: z.enum(["private", "group"]),
  title: z.string().max(200),
  /** Whether it can have topics: threaded mode in a private chat, a forum among groups. */
  topics: z.boolean(),
  addedAtMs: unixMs,
  /** Telegram refuses messages to it since then; nothing is sent until it is back. */
  suspended: z.object({ atMs: unixMs, why: z.string().max(200) }).nullable(),
});
export type TelegramChatRow = z.infer<typeof telegramChat>;

const telegramTopic = z.object({
  host: hostId,
  session: sessionId,
  /**
   * `creating`: asked for, and no answer is known. `plain`: no topic can be had, messages go to the
   * chat itself, labelled. `closed`: its session has ended.
   */
  state: z.enum(["creating", "open", "closed", "plain"]),
  thread: telegramThreadId.nullable(),
  name: z.string().max(128),
  /** Topics asked for whose fate is unknown, and topics that were lost: bounds the tries. */
  tries: z.int().min(0),
  atMs: unixMs,
});
export type TelegramTopicRow = z.infer<typeof telegramTopic>;

const telegramThread = z.object({ host: hostId, session: sessionId });

export const telegramRows = {
  telegramLink: (account: AccountId) => row(telegramLink, "telegram_link", account),
  /** Whose account a Telegram user is. */
  telegramUser: (user: number) =>
    row(z.object({ account: accountId }), "telegram_user", String(user)),
  telegramChat: (chat: number) => row(telegramChat, "telegram_chat", String(chat)),
  telegramSettings: (account: AccountId) => row(telegramSettings, "telegram_settings", account),
  telegramTopic: (chat: number, host: HostId, session: SessionId) =>
    row(telegramTopic, "telegram_topic", String(chat), host, session),
  /** Which session a thread of a chat belongs to. */
  telegramThread: (chat: number, thread: number) =>
    row(telegramThread, "telegram_thread", String(chat), String(thread)),
} as const;

export const telegramPrefixes = {
  telegramLinks: prefix(telegramLink, "telegram_link"),
  telegramChats: prefix(telegramChat, "telegram_chat"),
  /** Keys go on with host and session. */
  telegramTopicsIn: (chat: number) => prefix(telegramTopic, "telegram_topic", String(chat)),
  telegramThreadsIn: (chat: number) => prefix(telegramThread, "telegram_thread", String(chat)),
} as const;

import {
  approval,
  approvalOutcome,
  type HostId,
  hostId,
  type SessionId,
  sessionId,
  type TelegramSettings,
  telegramSettings,
  unixMs,
  verdict,
} from "@chatcode/protocol";
import type { MessageEntity } from "grammy/types";
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
  /** While it is asked for: the last message that was there before, if it is known. */
  after: telegramMessageId.nullable().optional(),
  atMs: unixMs,
});
export type TelegramTopicRow = z.infer<typeof telegramTopic>;

const aboutSession = z.object({ host: hostId, session: sessionId });

const entityShape = z.looseObject({ type: z.string(), offset: z.int(), length: z.int() });

/** Kept as it was made: the rest of it is for Telegram to check. */
const entity = z.custom<MessageEntity>((value) => entityShape.safeParse(value).success);
const richText = z.object({ text: z.string().max(4096), entities: z.array(entity).max(100) });

const button = z.union([
  z.object({ text: z.string().max(256), data: z.string().max(64) }),
  z.object({ text: z.string().max(256), url: z.url().max(1_000) }),
]);
const buttons = z.array(z.array(button).max(8)).max(100);

/** One message on its way to a chat. A bigger text is several, one after the other. */
const telegramItem = z.object({
  chat: telegramChatId,
  /** The session it is about; `null`: the chat itself. */
  about: aboutSession.nullable(),
  priority: z.enum(["approval", "reply", "final", "file"]),
  kind: z.enum(["done", "waiting", "failed", "offline", "note"]),
  /** Items of one message share it: the turn's id, or the approval's. */
  group: z.string().max(200),
  body: z.discriminatedUnion("type", [
    z.object({ type: z.literal("text"), ...richText.shape, buttons }),
    /** Its bytes are in `parts` rows of their own. */
    z.object({
      type: z.literal("document"),
      ...richText.shape,
      name: z.string().max(100),
      parts: z.int().min(1),
    }),
  ]),
  /** Whether it may come with a sound. */
  sound: z.boolean(),
  /** The message that it answers. */
  to: telegramMessageId.optional(),
  /** What its message is to be remembered for: an approval, or a machine that is away. */
  card: z.string().max(80).optional(),
  /** `sending`: Telegram may have it, from the moment before it is asked until its answer is here. */
  state: z.enum(["queued", "sending"]),
  /** While it is sent: the last message that was there before, if it is known. */
  after: telegramMessageId.nullable().optional(),
  /** While it is sent: the first of the items that go as one message. */
  joint: z.string().max(64).optional(),
  /** Telegram refused its entities: it goes as plain text. */
  plain: z.boolean().optional(),
  tries: z.int().min(0),
  madeAtMs: unixMs,
});
export type TelegramItemRow = z.infer<typeof telegramItem>;

/** A message that may not have arrived, without its words. */
const telegramMissing = z.object({
  chat: telegramChatId,
  about: aboutSession.nullable(),
  kind: telegramItem.shape.kind,
  group: telegramItem.shape.group,
  /** `unknown`: Telegram gave no answer. `refused`: it took it in no form. `expired`: it waited too long. */
  outcome: z.enum(["unknown", "refused", "expired"]),
  atMs: unixMs,
});
export type TelegramMissingRow = z.infer<typeof telegramMissing>;

/** An approval that was asked in a chat. */
const telegramCard = z.object({
  id: z.string().max(40),
  account: accountId,
  chat: telegramChatId,
  ...aboutSession.shape,
  approval: approval.shape.id,
  verdicts: z.array(verdict),
  /** The message with the buttons, once it is known. */
  message: telegramMessageId.nullable(),
  ...richText.shape,
  /** `null`: it is open. */
  outcome: approvalOutcome.nullable(),
  by: z.string().max(128).optional(),
  askedAtMs: unixMs,
});
export type TelegramCardRow = z.infer<typeof telegramCard>;

/** A file that an agent's message names, behind its button. */
const telegramFile = z.object({
  chat: telegramChatId,
  ...aboutSession.shape,
  /** As the agent wrote it. */
  path: z.string().max(1_000),
});
export type TelegramFileRow = z.infer<typeof telegramFile>;

/** The message that shows how a session's present exchange goes on. */
const telegramProgress = z.object({
  ...aboutSession.shape,
  /** `null`: asked for, and no answer is known. */
  message: telegramMessageId.nullable(),
  startedAtMs: unixMs,
  /** The exchange is over: the message is to be made one line. */
  over: z.enum(["done", "failed", "interrupted"]).nullable(),
});
export type TelegramProgressRow = z.infer<typeof telegramProgress>;

/** How fast a chat was written to, for whoever writes to it after a restart. */
const telegramPace = z.object({
  /** When the last calls ended, oldest first. */
  calls: z.array(unixMs).max(20),
  pausedUntilMs: unixMs,
});
export type TelegramPaceRow = z.infer<typeof telegramPace>;

/** A machine that was said to be offline. */
const telegramOffline = z.object({ message: telegramMessageId.nullable(), sinceMs: unixMs });

const telegramSender = z.object({ instance: z.string().max(64), expiresAtMs: unixMs });

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
    row(aboutSession, "telegram_thread", String(chat), String(thread)),
  /** Ids sort in the order in which messages are to be sent. */
  telegramItem: (chat: number, id: string) => row(telegramItem, "telegram_item", String(chat), id),
  telegramItemPart: (chat: number, id: string, part: number) =>
    row(z.string(), "telegram_item_part", String(chat), id, String(part).padStart(3, "0")),
  /** Tells the sending instance that another one has put something in the outbox. */
  telegramItemHead: row(z.string().max(64), "telegram_item_head"),
  /** What was put in the outbox of a chat: a turn by its machine and id, or a key of the caller's. */
  telegramMark: (chat: number, source: string, key: string) =>
    row(z.object({ atMs: unixMs }), "telegram_mark", String(chat), source, key),
  telegramMissing: (datedId: string) => row(telegramMissing, "telegram_missing", datedId),
  telegramCard: (id: string) => row(telegramCard, "telegram_card", id),
  telegramFile: (id: string) => row(telegramFile, "telegram_file", id),
  telegramProgress: (chat: number, host: HostId, session: SessionId) =>
    row(telegramProgress, "telegram_progress", String(chat), host, session),
  telegramPace: (chat: number) => row(telegramPace, "telegram_pace", String(chat)),
  telegramOffline: (chat: number, host: HostId) =>
    row(telegramOffline, "telegram_offline", String(chat), host),
  /** Which instance of the relay sends. */
  telegramSender: row(telegramSender, "telegram_sender"),
} as const;

export const telegramPrefixes = {
  telegramLinks: prefix(telegramLink, "telegram_link"),
  telegramChats: prefix(telegramChat, "telegram_chat"),
  /** Keys go on with host and session. */
  telegramTopicsIn: (chat: number) => prefix(telegramTopic, "telegram_topic", String(chat)),
  /** Keys go on with chat and id. */
  telegramItems: prefix(telegramItem, "telegram_item"),
  telegramItemsIn: (chat: number) => prefix(telegramItem, "telegram_item", String(chat)),
  telegramItemPartsOf: (chat: number, id: string) =>
    prefix(z.string(), "telegram_item_part", String(chat), id),
  telegramMissing: prefix(telegramMissing, "telegram_missing"),
  telegramCards: prefix(telegramCard, "telegram_card"),
  telegramFiles: prefix(telegramFile, "telegram_file"),
  telegramProgressIn: (chat: number) => prefix(telegramProgress, "telegram_progress", String(chat)),
  telegramThreadsIn: (chat: number) => prefix(aboutSession, "telegram_thread", String(chat)),
} as const;

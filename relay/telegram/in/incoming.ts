import { unixMs } from "@chatcode/protocol";
import { z } from "zod";

/** Of the text of one message, in UTF-16 units: what Telegram allows, and room to spare. */
const MAX_TEXT = 8_192;

const chat = z.object({
  id: z.int(),
  type: z.enum(["private", "group", "supergroup", "channel"]),
  title: z.string().max(256),
  /** Whether it is a group with topics. */
  forum: z.boolean(),
});

const person = z.object({
  id: z.int(),
  /** As Telegram tells it: given name and family name, else the user name. */
  name: z.string().max(200),
});
export type Person = z.infer<typeof person>;

const file = z.object({
  kind: z.enum(["photo", "document", "voice", "audio", "video"]),
  /** For `getFile`; the same file has another one in each message. */
  id: z.string().max(512),
  name: z.string().max(256).nullable(),
  mediaType: z.string().max(128),
  /** Telegram may not know it. */
  bytes: z.int().min(0).nullable(),
});
export type IncomingFile = z.infer<typeof file>;

const common = {
  /** Telegram's number of the update. */
  update: z.int().min(0),
  chat,
  from: person,
  atMs: unixMs,
};

const message = z.object({
  kind: z.literal("message"),
  ...common,
  message: z.int(),
  /** The topic it stands in; `null`: the chat itself, or the General topic. */
  thread: z.int().nullable(),
  /** What the topic was called when it was made, where Telegram tells. */
  topicName: z.string().max(256).nullable(),
  /** Text or caption; may be empty. */
  text: z.string().max(MAX_TEXT),
  /** It was there before, and was changed. */
  edited: z.boolean(),
  /** The same for all parts of one album. */
  album: z.string().max(64).nullable(),
  file: file.nullable(),
  /** What else it holds and we take nothing of, such as a sticker. */
  other: z.string().max(32).nullable(),
});
export type IncomingMessage = z.infer<typeof message>;

/** A button under one of our messages was pressed. */
const press = z.object({
  kind: z.literal("press"),
  ...common,
  /** For `answerCallbackQuery`. */
  id: z.string().max(64),
  /** `null`: the message is too old for Telegram to show it to us. */
  message: z.int().nullable(),
  thread: z.int().nullable(),
  data: z.string().max(64),
});
export type IncomingPress = z.infer<typeof press>;

/** The bot itself was let in, thrown out, blocked or taken back. */
const membership = z.object({
  kind: z.literal("membership"),
  ...common,
  present: z.boolean(),
});
export type IncomingMembership = z.infer<typeof membership>;

/** A group became a supergroup, with another id. */
const migration = z.object({ kind: z.literal("migration"), ...common, to: z.int() });
export type IncomingMigration = z.infer<typeof migration>;

/** What of an update concerns us. The rest of it is dropped before anything is stored. */
export const incoming = z.discriminatedUnion("kind", [message, press, membership, migration]);
export type Incoming = z.infer<typeof incoming>;

/** `null`: the update is well-formed, and nothing for us. `undefined`: it is no update. */
export function incomingOf(update: unknown): Incoming | null | undefined {
  const parsed = rawUpdate.safeParse(update);
  if (!parsed.success) {
    return z.object({ update_id: z.int() }).safeParse(update).success ? null : undefined;
  }
  const { update_id, message, edited_message, callback_query, my_chat_member } = parsed.data;
  const found = message
    ? messageOf(update_id, message, false)
    : edited_message
    ? messageOf(update_id, edited_message, true)
    : callback_query
    ? pressOf(update_id, callback_query)
    : my_chat_member
    ? membershipOf(update_id, my_chat_member)
    : null;
  const checked = incoming.safeParse(found);
  return checked.success ? checked.data : null;
}

const rawUser = z.object({
  id: z.int(),
  is_bot: z.boolean(),
  first_name: z.string(),
  last_name: z.string().optional(),
  username: z.string().optional(),
});
const rawChat = z.object({
  id: z.int(),
  type: z.string(),
  title: z.string().optional(),
  is_forum: z.boolean().optional(),
});
const rawFile = z.object({
  file_id: z.string(),
  file_name: z.string().optional(),
  mime_type: z.string().optional(),
  file_size: z.int().optional(),
});
const rawMessage = z.object({
  message_id: z.int(),
  message_thread_id: z.int().optional(),
  is_topic_message: z.boolean().optional(),
  /** In a topic, what answers no other message answers the one that made the topic. */
  reply_to_message: z.object({
    forum_topic_created: z.object({ name: z.string() }).optional(),
  }).optional(),
  from: rawUser.optional(),
  sender_chat: z.unknown().optional(),
  chat: rawChat,
  date: z.int().min(0),
  text: z.string().optional(),
  caption: z.string().optional(),
  media_group_id: z.string().optional(),
  photo: z.array(rawFile).optional(),
  document: rawFile.optional(),
  voice: rawFile.optional(),
  audio: rawFile.optional(),
  video: rawFile.optional(),
  video_note: rawFile.optional(),
  animation: rawFile.optional(),
  migrate_to_chat_id: z.int().optional(),
  sticker: z.unknown().optional(),
  location: z.unknown().optional(),
  contact: z.unknown().optional(),
  poll: z.unknown().optional(),
  dice: z.unknown().optional(),
  story: z.unknown().optional(),
});
type RawMessage = z.infer<typeof rawMessage>;
const rawPress = z.object({
  id: z.string(),
  from: rawUser,
  message: rawMessage.pick({
    message_id: true,
    message_thread_id: true,
    is_topic_message: true,
    chat: true,
    date: true,
  }).optional(),
  data: z.string().optional(),
});
const rawMembership = z.object({
  chat: rawChat,
  from: rawUser,
  date: z.int().min(0),
  new_chat_member: z.object({ status: z.string(), is_member: z.boolean().optional() }),
});
const rawUpdate = z.object({
  update_id: z.int().min(0),
  message: rawMessage.optional(),
  edited_message: rawMessage.optional(),
  callback_query: rawPress.optional(),
  my_chat_member: rawMembership.optional(),
});

/** Kinds of content that are no text and no file; the first found is named. */
const OTHERS = ["sticker", "location", "contact", "poll", "dice", "story"] as const;

function messageOf(update: number, raw: RawMessage, edited: boolean): unknown {
  // Who speaks for a chat, or is a bot, is nobody whose account could be known.
  if (raw.from === undefined || raw.from.is_bot || raw.sender_chat !== undefined) return null;
  const base = {
    update,
    chat: chatOf(raw.chat),
    from: personOf(raw.from),
    atMs: raw.date * 1000,
  };
  if (raw.migrate_to_chat_id !== undefined) {
    return { kind: "migration", ...base, to: raw.migrate_to_chat_id };
  }
  const text = raw.text ?? raw.caption ?? "";
  const file = fileOf(raw);
  const other = OTHERS.find((name) => raw[name] !== undefined) ?? null;
  if (text === "" && file === null && other === null) return null; // a service message
  return {
    kind: "message",
    ...base,
    message: raw.message_id,
    thread: threadOf(raw),
    topicName: raw.reply_to_message?.forum_topic_created?.name.slice(0, 256) ?? null,
    text: text.slice(0, MAX_TEXT),
    edited,
    album: raw.media_group_id ?? null,
    file,
    other: file === null && text === "" ? other : null,
  };
}

function pressOf(update: number, raw: z.infer<typeof rawPress>): unknown {
  const { message } = raw;
  if (message === undefined || raw.from.is_bot) return null;
  return {
    kind: "press",
    update,
    chat: chatOf(message.chat),
    from: personOf(raw.from),
    atMs: message.date * 1000,
    id: raw.id,
    message: message.date === 0 ? null : message.message_id,
    thread: threadOf(message),
    data: raw.data ?? "",
  };
}

function membershipOf(update: number, raw: z.infer<typeof rawMembership>): unknown {
  const { status, is_member = false } = raw.new_chat_member;
  return {
    kind: "membership",
    update,
    chat: chatOf(raw.chat),
    from: personOf(raw.from),
    atMs: raw.date * 1000,
    present: ["creator", "administrator", "member"].includes(status) ||
      (status === "restricted" && is_member),
  };
}

/** In reply chains of plain groups the thread's id is there too, and means no topic. */
function threadOf(
  { is_topic_message, message_thread_id }: Pick<
    RawMessage,
    "is_topic_message" | "message_thread_id"
  >,
): number | null {
  return is_topic_message === true ? message_thread_id ?? null : null;
}

function chatOf({ id, type, title = "", is_forum = false }: z.infer<typeof rawChat>) {
  return { id, type, title: title.slice(0, 256), forum: is_forum };
}

function personOf({ id, first_name, last_name, username }: z.infer<typeof rawUser>): Person {
  const name = [first_name, last_name].filter((part) => part).join(" ") || username || String(id);
  return { id, name: name.slice(0, 200) };
}

function fileOf(raw: RawMessage): unknown {
  const { photo, voice, audio, video = raw.video_note ?? raw.animation, document } = raw;
  if (photo !== undefined) return of("photo", photo.at(-1), "image/jpeg"); // the largest is last
  if (voice !== undefined) return of("voice", voice, "audio/ogg");
  if (audio !== undefined) return of("audio", audio, "audio/mpeg");
  if (video !== undefined) return of("video", video, "video/mp4");
  return of("document", document, "application/octet-stream");
}

function of(kind: IncomingFile["kind"], raw: z.infer<typeof rawFile> | undefined, type: string) {
  return raw === undefined ? null : {
    kind,
    id: raw.file_id,
    name: raw.file_name?.slice(0, 256) ?? null,
    mediaType: (raw.mime_type ?? type).slice(0, 128),
    bytes: raw.file_size ?? null,
  };
}

import { assertEquals } from "@std/assert";
import { incomingOf } from "./incoming.ts";

const from = { id: 7, is_bot: false, first_name: "Ada", last_name: "L" };
const chat = { id: 7, type: "private", first_name: "Ada" };
const message = { message_id: 3, date: 1_700_000_000, from, chat, text: "hello" };

const common = {
  update: 1,
  chat: { id: 7, type: "private", title: "", forum: false },
  from: { id: 7, name: "Ada L" },
  atMs: 1_700_000_000_000,
};
const hello = {
  kind: "message",
  ...common,
  message: 3,
  thread: null,
  topicName: null,
  text: "hello",
  edited: false,
  album: null,
  file: null,
  other: null,
};

function read(part: Record<string, unknown>) {
  return incomingOf({ update_id: 1, ...part });
}

Deno.test("a message is who, where and what", () => {
  assertEquals(read({ message }) as unknown, hello);
  assertEquals(read({ edited_message: message }) as unknown, { ...hello, edited: true });
});

Deno.test("a thread counts only where it is a topic", () => {
  const reply = { ...message, message_thread_id: 9 };
  assertEquals(read({ message: reply }) as unknown, hello);
  const topical = { ...reply, is_topic_message: true };
  assertEquals(read({ message: topical }) as unknown, { ...hello, thread: 9 });
  const first = { ...topical, reply_to_message: { forum_topic_created: { name: "api" } } };
  const named = { ...hello, thread: 9, topicName: "api" };
  assertEquals(read({ message: first }) as unknown, named);
});

Deno.test("of a photo the largest is taken, a caption is its text", () => {
  const sizes = [{ file_id: "small" }, { file_id: "large", file_size: 900 }];
  const photo = { ...message, text: undefined, caption: "look", photo: sizes, media_group_id: "g" };
  assertEquals(read({ message: photo }) as unknown, {
    ...hello,
    text: "look",
    album: "g",
    file: { kind: "photo", id: "large", name: null, mediaType: "image/jpeg", bytes: 900 },
  });
});

for (
  const [field, kind, mediaType] of [
    ["voice", "voice", "audio/ogg"],
    ["audio", "audio", "audio/mpeg"],
    ["video", "video", "video/mp4"],
    ["video_note", "video", "video/mp4"],
    ["animation", "video", "video/mp4"],
    ["document", "document", "application/octet-stream"],
  ] as const
) {
  Deno.test(`a ${field} is a file`, () => {
    const sent = { ...message, text: undefined, [field]: { file_id: "f", file_name: "a.b" } };
    const file = { kind, id: "f", name: "a.b", mediaType, bytes: null };
    assertEquals(read({ message: sent }) as unknown, { ...hello, text: "", file });
  });
}

Deno.test("what is neither text nor file is named", () => {
  const sticker = { ...message, text: undefined, sticker: { emoji: "x" } };
  assertEquals(read({ message: sticker }) as unknown, { ...hello, text: "", other: "sticker" });
});

Deno.test("a pressed button tells its message, unless that is too old", () => {
  const press = (message: unknown) =>
    read({ callback_query: { id: "c", from, message, data: "s:1", chat_instance: "x" } });
  const pressed = { kind: "press", ...common, id: "c", message: 3, thread: null, data: "s:1" };
  assertEquals(press(message) as unknown, pressed);
  assertEquals(press({ ...message, date: 0 }) as unknown, { ...pressed, message: null, atMs: 0 });
  assertEquals(press(undefined), null);
});

Deno.test("the bot is let in and thrown out", () => {
  const change = (member: Record<string, unknown>) =>
    read({ my_chat_member: { chat, from, date: 1_700_000_000, new_chat_member: member } });
  const told = { kind: "membership", ...common };
  assertEquals(change({ status: "administrator" }) as unknown, { ...told, present: true });
  assertEquals(change({ status: "kicked" }) as unknown, { ...told, present: false });
  const restricted = { status: "restricted", is_member: false };
  assertEquals(change(restricted) as unknown, { ...told, present: false });
});

Deno.test("a group that became a supergroup says where it went", () => {
  const moved = { ...message, text: undefined, migrate_to_chat_id: -100 };
  assertEquals(read({ message: moved }) as unknown, { kind: "migration", ...common, to: -100 });
});

Deno.test("who is no person, what is not for us and service messages count for nothing", () => {
  const bot = { ...from, is_bot: true };
  for (
    const part of [
      { message: { ...message, from: bot } },
      { message: { ...message, from: undefined } },
      { message: { ...message, sender_chat: { id: -1 } } },
      { message: { ...message, text: undefined, forum_topic_closed: {} } },
      { message: { ...message, chat: { id: 1, type: "unheard-of" } } },
      { message: { text: "no chat" } },
      { poll_answer: {} },
      {},
    ]
  ) assertEquals(read(part), null, JSON.stringify(part));
});

Deno.test("what is no update is told from one that is not for us", () => {
  for (const body of [undefined, null, 1, "x", [], {}, { update_id: "1" }, { update_id: 1.5 }]) {
    assertEquals(incomingOf(body), undefined, JSON.stringify(body));
  }
});

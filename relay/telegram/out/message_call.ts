import { InputFile } from "grammy";
import type { InlineKeyboardMarkup, Message } from "grammy/types";
import type { TelegramItemRow } from "../../kv/keys.ts";
import { bold, italic, join, plain, type RichText } from "../format/mod.ts";
import type { Call } from "./calls.ts";
import { JOINT } from "./lane.ts";

type Body = TelegramItemRow["body"];
type Buttons = Extract<Body, { type: "text" }>["buttons"];

/** One message as it goes to Telegram. */
export interface Outgoing {
  readonly chat: number;
  readonly body: Body;
  /** A document's. */
  readonly content: string | undefined;
  readonly thread: number | undefined;
  /** What the session is called, where there is no topic to say it. */
  readonly label: string | undefined;
  /** Without form and links: Telegram refused it as it was. */
  readonly isPlain: boolean;
  readonly rings: boolean;
  /** The message that it answers. */
  readonly to: number | undefined;
}

export function sendCall(message: Outgoing): Call<Message> {
  const { chat, body, content, thread, rings, to } = message;
  const { text, entities } = shownText(message);
  const common = {
    chat_id: chat,
    ...(thread !== undefined && { message_thread_id: thread }),
    disable_notification: !rings,
    ...(to !== undefined && {
      reply_parameters: { message_id: to, allow_sending_without_reply: true },
    }),
  };
  if (body.type === "document") {
    const document = new InputFile(new TextEncoder().encode(content ?? ""), body.name);
    const caption = { caption: text, caption_entities: entities };
    return (raw, signal) => raw.sendDocument({ ...common, document, ...caption }, signal);
  }
  const keyboard = keyboardOf(message);
  const payload = { text, entities, link_preview_options: { is_disabled: true }, ...keyboard };
  return (raw, signal) => raw.sendMessage({ ...common, ...payload }, signal);
}

/** Makes the message `id` what `message` is; Telegram refuses if it is that already. */
export function editCall(message: Outgoing, id: number): Call<unknown> {
  const { text, entities } = shownText(message);
  const common = { chat_id: message.chat, message_id: id };
  if (message.body.type === "document") {
    return (raw, signal) =>
      raw.editMessageCaption({ ...common, caption: text, caption_entities: entities }, signal);
  }
  const keyboard = keyboardOf(message);
  const payload = { text, entities, link_preview_options: { is_disabled: true }, ...keyboard };
  return (raw, signal) => raw.editMessageText({ ...common, ...payload }, signal);
}

/** Several texts as one, in their order, with the buttons of all: files first, links once and last. */
export function joinedBody(rows: readonly TelegramItemRow[]): Body {
  const groups = new Set(rows.map(({ group }) => group)).size;
  const heading = groups > 1 ? [italic(`⏮ ${groups} messages that waited`), "\n\n"] : [];
  const texts = rows.flatMap(({ body: { text, entities }, group }, at) => {
    const before = rows[at - 1];
    const joint = before === undefined ? [] : [before.group === group ? "\n" : JOINT];
    return [...joint, { text, entities }];
  });
  const lines = rows.flatMap(({ body }) => body.type === "text" ? body.buttons : []);
  const isLink = (line: Buttons[number]) => line.some((button) => "url" in button);
  const links = new Map(lines.filter(isLink).map((line) => [JSON.stringify(line), line]));
  const buttons = [...lines.filter((line) => !isLink(line)), ...links.values()];
  return { type: "text", ...join(...heading, ...texts), buttons };
}

function shownText({ body: { text, entities }, label, isPlain }: Outgoing): RichText {
  const named = label === undefined
    ? { text, entities }
    : join(bold(label), "\n", { text, entities });
  return isPlain ? plain(named.text) : named;
}

function keyboardOf(
  { body, isPlain }: Outgoing,
): { reply_markup?: InlineKeyboardMarkup } {
  if (body.type !== "text") return {};
  const buttons = isPlain ? withoutLinks(body.buttons) : body.buttons;
  if (buttons.length === 0) return {};
  return {
    reply_markup: {
      inline_keyboard: buttons.map((line) =>
        line.map((button) =>
          "url" in button ? button : { text: button.text, callback_data: button.data }
        )
      ),
    },
  };
}

/** A link may be what Telegram did not like. */
function withoutLinks(buttons: Buttons): Buttons {
  return buttons.map((line) => line.filter((button) => !("url" in button)))
    .filter((line) => line.length > 0);
}

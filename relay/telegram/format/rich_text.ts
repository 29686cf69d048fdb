import type { MessageEntity } from "grammy/types";
import { cleanText } from "./clean_text.ts";
import { tidyEntities } from "./tidy_entities.ts";
import { telegramUrl } from "./telegram_url.ts";

/** Text as Telegram takes it without a parse mode; offsets and lengths count UTF-16 units. */
export interface RichText {
  text: string;
  entities: MessageEntity[];
}

/** `text` as it stands, with the entities given; the text is cleaned only when there are none. */
export function plain(text: string, entities: MessageEntity[] = []): RichText {
  return entities.length === 0
    ? { text: cleanText(text), entities: [] }
    : { text, entities: tidyEntities(text, entities) };
}

/** The parts one after the other, their entities moved along. Nothing is put between them. */
export function join(...parts: (RichText | string)[]): RichText {
  let text = "";
  const entities: MessageEntity[] = [];
  for (const part of parts) {
    const rich = typeof part === "string" ? plain(part) : part;
    for (const entity of rich.entities) {
      entities.push({ ...entity, offset: entity.offset + text.length });
    }
    text += rich.text;
  }
  return { text, entities: tidyEntities(text, entities) };
}

export function bold(text: string): RichText {
  return whole(cleanText(text), (length) => ({ type: "bold", offset: 0, length }));
}

export function italic(text: string): RichText {
  return whole(cleanText(text), (length) => ({ type: "italic", offset: 0, length }));
}

export function code(text: string): RichText {
  return whole(cleanText(text), (length) => ({ type: "code", offset: 0, length }));
}

/** A block of code; it wants a line of its own. `language` is shown as its title. */
export function pre(text: string, language?: string): RichText {
  return whole(guardIndent(cleanText(text, { code: true })), (length) => ({
    type: "pre",
    offset: 0,
    length,
    ...(language === undefined || language === "" ? {} : { language }),
  }));
}

/** `text` that opens `url`; text with the address behind it where Telegram would refuse the link. */
export function link(text: string, url: string): RichText {
  const label = cleanText(text);
  const target = telegramUrl(url);
  if (target !== undefined) {
    return whole(label, (length) => ({ type: "text_link", offset: 0, length, url: target }));
  }
  const address = cleanText(url);
  return plain(label === address ? label : `${label} (${address})`);
}

/** A quote that shows three lines until it is opened. Quotes inside it lose their own mark. */
export function expandableQuote(content: RichText | string): RichText {
  const inner = typeof content === "string" ? plain(content) : content;
  const length = inner.text.length;
  if (length === 0) return inner;
  return {
    text: inner.text,
    entities: tidyEntities(inner.text, [
      { type: "expandable_blockquote", offset: 0, length },
      ...inner.entities.filter(({ type }) =>
        type !== "blockquote" && type !== "expandable_blockquote"
      ),
    ]),
  };
}

function whole(text: string, entity: (length: number) => MessageEntity): RichText {
  return { text, entities: tidyEntities(text, [entity(text.length)]) };
}

/**
 * Telegram takes spaces off the front of an entity and of a message: the first line of a block of
 * code keeps its place by spaces that do not break. Blank lines in front go.
 */
export function guardIndent(code: string): string {
  return code.replace(/^(?:[ ]*\n)+/, "").replace(
    /^ +/,
    (spaces) => "\u00a0".repeat(spaces.length),
  );
}

import type { MessageEntity } from "grammy/types";

export interface ShownText {
  readonly text: string;
  readonly entities: MessageEntity[];
}

/**
 * What Telegram's server makes of a text and its entities, after clean_input_string,
 * remove_invalid_entities and fix_formatted_text in
 * https://github.com/tdlib/td/blob/master/td/telegram/MessageEntity.cpp: control characters become
 * spaces, some characters go, white space at the ends of the text goes up to the first entity,
 * entities begin behind white space, and those of white space alone go.
 */
export function shownText(text: string, entities: readonly MessageEntity[]): ShownText {
  const kept: string[] = [];
  /** Where each unit of `text` is afterwards. */
  const places: number[] = [];
  for (let at = 0; at < text.length; at++) {
    places.push(kept.length);
    const unit = text.charCodeAt(at);
    if (unit === 13 || unit >= 0x2028 && unit <= 0x202e) continue;
    if (unit === 0x30a || unit === 0x333 || unit === 0x33f) continue;
    const followed = isMark(unit) && isMark(text.charCodeAt(at + 1));
    if (unit <= 32 && unit !== 10) kept.push(" ");
    else kept.push(followed ? "\u200c" : text[at]!);
  }
  places.push(kept.length);
  const clean = kept.join("");
  const moved = entities.slice(0, 100).flatMap((entity) => {
    let start = places[entity.offset] ?? kept.length;
    const end = places[entity.offset + entity.length] ?? kept.length;
    while (start < end && isSpace(clean[start])) start++;
    return start < end ? [{ ...entity, offset: start, length: end - start }] : [];
  });
  const firstEntity = Math.min(...moved.map(({ offset }) => offset), clean.length);
  let start = 0;
  while (start < firstEntity && isSpace(clean[start])) start++;
  return {
    text: clean.slice(start, lastInk(clean) + 1),
    entities: moved.flatMap((entity) => {
      const length = Math.min(entity.offset + entity.length, lastInk(clean) + 1) - entity.offset;
      return length > 0 ? [{ ...entity, offset: entity.offset - start, length }] : [];
    }),
  };
}

/** Whether nothing of `text` can be seen: such a message is refused. */
export function isEmptyText(text: string): boolean {
  return /^[\s\u00a0\u1680\u180e\u2000-\u200f\u202e\u202f\u205f\u2800\u3000\ufeff\ufffc]*$/.test(
    text,
  );
}

/** Whether Telegram takes `address` for a link: check_link in LinkManager.cpp, for http and tg. */
export function isTelegramLink(address: string): boolean {
  if (/^tg:\/\/[a-z0-9_-]+/i.test(address)) return true;
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(address)?.[1]?.toLowerCase();
  if (scheme !== undefined && scheme !== "http" && scheme !== "https") return false;
  const host = address.replace(/^[a-z]+:\/\//i, "").replace(/[/?#].*$/s, "").replace(/^.*@/, "")
    .replace(/:\d*$/, "");
  return host.includes(".") && !/[\s"'<>]/.test(host);
}

function lastInk(text: string): number {
  let last = text.length - 1;
  while (last >= 0 && isSpace(text[last])) last--;
  return last;
}

function isSpace(unit: string | undefined): boolean {
  return unit === " " || unit === "\n";
}

function isMark(unit: number): boolean {
  return unit === 0x200e || unit === 0x200f;
}

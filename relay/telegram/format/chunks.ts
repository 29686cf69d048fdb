import type { MessageEntity } from "grammy/types";
import { isBlank } from "./clean_text.ts";
import { guardIndent, type RichText } from "./rich_text.ts";
import { endOf, tidyEntities } from "./tidy_entities.ts";

/** The most a message's text holds, in UTF-16 units (https://core.telegram.org/bots/api#sendmessage). */
export const MESSAGE_UNITS_MAX = 4_096;
/** The most a caption holds, in UTF-16 units. */
export const CAPTION_UNITS_MAX = 1_024;
/** The most entities of a message that Telegram keeps; what is above it loses its form. */
export const ENTITIES_MAX = 100;

export interface ChunkLimits {
  readonly units: number;
  readonly entities: number;
}

const MESSAGE_LIMITS: ChunkLimits = { units: MESSAGE_UNITS_MAX, entities: ENTITIES_MAX };

/** Units behind a cut that are looked at to see whether a character goes on there. */
const GRAPHEME_LOOK_AHEAD = 64;

/** A better kind of cut is taken only if it leaves at least this share of the room filled. */
const LEAST_FILL = 0.5;

/**
 * `rich` in messages that Telegram shows as they are: within `limits`, no character cut in two,
 * every form that spans a cut closed and opened again. Cuts fall between paragraphs, else lines,
 * else words. White space at a cut goes, as Telegram takes it off the ends of messages; the first
 * line of code keeps its indent. Nothing else is lost: the chunks one after the other hold every
 * other character of `rich.text` once and in order. Text that Telegram takes for empty gives none.
 */
export function chunks(rich: RichText, limits: ChunkLimits = MESSAGE_LIMITS): RichText[] {
  const { text } = rich;
  const entities = tidyEntities(text, rich.entities);
  const parts: RichText[] = [];
  let left = entities;
  for (let start = skipSpace(text, 0, left); start < text.length;) {
    left = left.filter((entity) => endOf(entity) > start);
    const near = left.slice(0, firstFrom(left, start + limits.units));
    const end = cutAfter(text, near, start, limits);
    const part = slice(text, near, start, end);
    if (!isBlank(part.text)) parts.push(part);
    start = skipSpace(text, end, left);
  }
  return parts;
}

function firstFrom(entities: readonly MessageEntity[], at: number): number {
  const first = entities.findIndex(({ offset }) => offset >= at);
  return first < 0 ? entities.length : first;
}

/** The next place that is shown; in code the indent of a line counts. */
function skipSpace(text: string, from: number, entities: readonly MessageEntity[]): number {
  let at = from;
  while (text[at] === " " || text[at] === "\n") at++;
  if (at === from || at === text.length || !inside(entities, at, ["pre"])) return at;
  const line = Math.max(text.lastIndexOf("\n", at - 1) + 1, from);
  return inside(entities, line, ["pre"]) ? line : at;
}

function slice(
  text: string,
  entities: readonly MessageEntity[],
  start: number,
  end: number,
): RichText {
  const part = text.slice(start, end).replace(/[ \n]+$/, "");
  const clipped = entities
    .filter((entity) => entity.offset < end && endOf(entity) > start)
    .map((entity) => {
      const from = Math.max(entity.offset, start);
      return { ...entity, offset: from - start, length: Math.min(endOf(entity), end) - from };
    });
  const guarded = clipped.some(({ type, offset }) => type === "pre" && offset === 0)
    ? guardIndent(part)
    : part;
  return { text: guarded, entities: tidyEntities(guarded, clipped) };
}

/** Where the chunk that begins at `start` ends. */
function cutAfter(
  text: string,
  entities: readonly MessageEntity[],
  start: number,
  limits: ChunkLimits,
): number {
  const most = mostWithin(text, entities, start, limits);
  if (most >= text.length) return text.length;
  const least = start + Math.ceil((most - start) * LEAST_FILL);
  const free = (at: number) =>
    !inside(entities, at, ["pre", "blockquote", "expandable_blockquote"]);
  const notInWord = (at: number) => !inside(entities, at, ["code", "text_link", "pre"]);
  return lastBreak(text, "\n\n", least, most, free) ??
    lastBreak(text, "\n", least, most, free) ??
    lastBreak(text, "\n\n", least, most) ??
    lastBreak(text, "\n", least, most) ??
    lastBreak(text, " ", least, most, notInWord) ??
    lastBreak(text, " ", least, most) ??
    lastGrapheme(text, start, most);
}

/** The furthest end within the limits, before looking for a good place. */
function mostWithin(
  text: string,
  entities: readonly MessageEntity[],
  start: number,
  limits: ChunkLimits,
): number {
  const units = Math.min(text.length, start + limits.units);
  let count = 0;
  for (const entity of entities) {
    if (entity.offset >= units) break;
    if (endOf(entity) <= start) continue;
    if (++count > limits.entities && entity.offset > start) return entity.offset;
  }
  return units;
}

/** The last `mark` that begins in `[least, most]` where a cut is fine. */
function lastBreak(
  text: string,
  mark: string,
  least: number,
  most: number,
  fine: (at: number) => boolean = () => true,
): number | undefined {
  for (let at = text.lastIndexOf(mark, most); at >= least; at = text.lastIndexOf(mark, at - 1)) {
    // A mark or joiner after a space belongs to it.
    if (fine(at) && !/^[\p{M}\u200d]/u.test(text.slice(at + mark.length, at + mark.length + 2))) {
      return at;
    }
    if (at === 0) break;
  }
  return undefined;
}

/** The last end of a whole character up to `most`; of a whole code point where it has no end. */
function lastGrapheme(text: string, start: number, most: number): number {
  let last = start;
  for (const { index } of graphemes.segment(text.slice(start, most + GRAPHEME_LOOK_AHEAD))) {
    if (start + index > most) break;
    last = start + index;
  }
  if (last > start) return last;
  return isLowSurrogate(text, most) && most - 1 > start ? most - 1 : most;
}

const graphemes = new Intl.Segmenter("und", { granularity: "grapheme" });

function isLowSurrogate(text: string, at: number): boolean {
  const unit = text.charCodeAt(at);
  return unit >= 0xdc00 && unit <= 0xdfff;
}

/** Whether the place before unit `at` is inside an entity of one of `types`. */
function inside(
  entities: readonly MessageEntity[], // sorted
  at: number,
  types: readonly MessageEntity["type"][],
): boolean {
  for (const entity of entities) {
    if (entity.offset > at) return false;
    if (endOf(entity) > at && entity.offset < at && types.includes(entity.type)) return true;
  }
  return false;
}

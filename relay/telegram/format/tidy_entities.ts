import type { MessageEntity } from "grammy/types";

type EntityType = MessageEntity["type"];

interface Span {
  readonly start: number;
  readonly end: number;
}

const STYLES: readonly EntityType[] = ["bold", "italic", "underline", "strikethrough", "spoiler"];
const QUOTES: readonly EntityType[] = ["blockquote", "expandable_blockquote"];
const CODES: readonly EntityType[] = ["pre", "code"];

/** Of two that cover the same text, the outer one comes first. */
const ORDER: readonly EntityType[] = [...QUOTES, "pre", "code", "text_link"];

/**
 * `entities` as Telegram keeps them (https://core.telegram.org/bots/api#formatting-options):
 * sorted; nested or apart, never crossing; nothing inside code; no quote in a quote, and of links
 * and code neither inside the other (the outer one stays); none empty or with white space at its
 * ends; styles of one kind that touch are one. Two that cross are cut in two where they do.
 */
export function tidyEntities(text: string, entities: readonly MessageEntity[]): MessageEntity[] {
  const trimmed = entities.flatMap((entity) => trim(text, entity)).sort(compare);
  const quotes = apart(trimmed.filter(({ type }) => QUOTES.includes(type)));
  const solid = apart(
    trimmed.filter((entity) =>
      !QUOTES.includes(entity.type) && !STYLES.includes(entity.type) &&
      isApartOrInside(spanOf(entity), quotes)
    ),
  );
  const codes = solid.filter(({ type }) => CODES.includes(type)).map(spanOf);
  const styles = STYLES.flatMap((type) => {
    const spans = union(trimmed.filter((entity) => entity.type === type).map(spanOf));
    return without(spans, codes)
      .flatMap((span) => cut(span, [...edgesAcross(span, quotes), ...edgesAcross(span, solid)]))
      .flatMap(({ start, end }) =>
        trim(text, { type: type as "bold", offset: start, length: end - start })
      );
  });
  return nest([...quotes, ...solid, ...styles]);
}

export function endOf(entity: MessageEntity): number {
  return entity.offset + entity.length;
}

function spanOf(entity: MessageEntity): Span {
  return { start: entity.offset, end: endOf(entity) };
}

function compare(a: MessageEntity, b: MessageEntity): number {
  return a.offset - b.offset || b.length - a.length || rank(a) - rank(b);
}

function rank({ type }: MessageEntity): number {
  const at = ORDER.indexOf(type);
  return at < 0 ? ORDER.length + STYLES.indexOf(type) : at;
}

function trim(text: string, entity: MessageEntity): MessageEntity[] {
  let start = Math.max(0, entity.offset);
  let end = Math.min(text.length, endOf(entity));
  while (start < end && isSpace(text, start)) start++;
  while (end > start && isSpace(text, end - 1)) end--;
  return start < end ? [{ ...entity, offset: start, length: end - start }] : [];
}

function isSpace(text: string, at: number): boolean {
  return text[at] === " " || text[at] === "\n";
}

/** Of sorted entities those that do not overlap an earlier one. */
function apart(entities: readonly MessageEntity[]): MessageEntity[] {
  let end = 0;
  return entities.filter((entity) => {
    if (entity.offset < end) return false;
    end = endOf(entity);
    return true;
  });
}

function union(spans: readonly Span[]): Span[] {
  const joined: Span[] = [];
  for (const span of spans) {
    const last = joined.at(-1);
    if (last && span.start <= last.end) {
      joined[joined.length - 1] = { start: last.start, end: Math.max(last.end, span.end) };
    } else joined.push(span);
  }
  return joined;
}

/** `spans` less `holes`; both sorted and apart. */
function without(spans: readonly Span[], holes: readonly Span[]): Span[] {
  const left: Span[] = [];
  for (const span of spans) {
    let start = span.start;
    for (const hole of holes) {
      if (hole.end <= start) continue;
      if (hole.start >= span.end) break;
      if (hole.start > start) left.push({ start, end: hole.start });
      start = Math.max(start, hole.end);
    }
    if (start < span.end) left.push({ start, end: span.end });
  }
  return left;
}

/** Where `frames` (sorted, apart) begin or end inside `span` while their other end is outside it. */
function edgesAcross(span: Span, frames: readonly MessageEntity[]): number[] {
  const edges: number[] = [];
  const first = frames[firstEndingAfter(frames, span.start)];
  if (first && first.offset < span.start && endOf(first) < span.end) edges.push(endOf(first));
  const last = frames[firstEndingAfter(frames, span.end)];
  if (last && last.offset > span.start && last.offset < span.end) edges.push(last.offset);
  return edges;
}

function isApartOrInside({ start, end }: Span, frames: readonly MessageEntity[]): boolean {
  const frame = frames[firstEndingAfter(frames, start)];
  return !frame || frame.offset >= end || frame.offset <= start && endOf(frame) >= end;
}

function firstEndingAfter(frames: readonly MessageEntity[], at: number): number {
  let low = 0;
  for (let high = frames.length; low < high;) {
    const middle = (low + high) >> 1;
    if (endOf(frames[middle]!) > at) high = middle;
    else low = middle + 1;
  }
  return low;
}

function cut(span: Span, edges: readonly number[]): Span[] {
  const cuts = [span.start, ...[...new Set(edges)].sort((a, b) => a - b), span.end];
  return cuts.slice(1).map((end, index) => ({ start: cuts[index]!, end }));
}

/** Cuts what reaches over the end of what it began in. */
function nest(entities: readonly MessageEntity[]): MessageEntity[] {
  const waiting = [...entities].sort(compare);
  const nested: MessageEntity[] = [];
  const open: MessageEntity[] = [];
  for (let at = 0; at < waiting.length; at++) {
    const next = waiting[at]!;
    while (open.length > 0 && endOf(open.at(-1)!) <= next.offset) open.pop();
    const end = Math.min(endOf(next), open.length > 0 ? endOf(open.at(-1)!) : Infinity);
    if (end < endOf(next)) {
      const rest = { ...next, offset: end, length: endOf(next) - end };
      let place = at + 1;
      while (place < waiting.length && compare(waiting[place]!, rest) < 0) place++;
      waiting.splice(place, 0, rest);
    }
    const inside = { ...next, length: end - next.offset };
    nested.push(inside);
    open.push(inside);
  }
  return nested.sort(compare);
}

import { Fences } from "./fences.ts";

/** The parser's time grows with the square of a text: longer ones go to it in pieces. */
const PIECE_UNITS = 8_000;

const LIST_ITEM = /^(?:[-+*]|\d{1,9}[.)])[ \t]/;

/**
 * Markdown cut where a block ends for certain: before a line that is not indented, after a blank
 * one, outside code; in a text without blank lines, before a list item that is not indented. What
 * has no such place stays whole. The pieces one after the other are the text.
 */
export function pieces(markdown: string): string[] {
  const found: string[] = [];
  let start = 0;
  let at = 0;
  const fences = new Fences({ strict: false });
  let isCode = false;
  let afterBlank = false;
  for (const line of markdown.match(/[^\n]*\n|[^\n]+$/g) ?? []) {
    const long = at - start;
    const wasCode = isCode;
    isCode = fences.isCode(line);
    const flush = !isCode && !wasCode && /^[^\s]/.test(line);
    const fresh = afterBlank &&
      (long >= 2 * PIECE_UNITS || !/^>/.test(line) && !LIST_ITEM.test(line));
    if (
      flush && long >= PIECE_UNITS && (fresh || long >= 2 * PIECE_UNITS && LIST_ITEM.test(line))
    ) {
      found.push(markdown.slice(start, at));
      start = at;
    }
    afterBlank = line.trim() === "";
    at += line.length;
  }
  if (start < markdown.length) found.push(markdown.slice(start));
  return found;
}

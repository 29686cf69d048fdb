import { Fences } from "@chatcode/kit";

/** The parser's time grows with the square of a text: longer ones go to it in pieces. In units. */
export const PIECE_UNITS = 8_000;

/** A line costs as much as this many units of text. */
const LINE_UNITS = 30;

const LIST_ITEM = /^(?:[-+*]|\d{1,9}[.)])[ \t]/;

/**
 * Markdown cut before lines that are not indented, outside code: after a blank line, where a block
 * ends for certain; of twice the length between the items of a list too; of eight times anywhere.
 * What has no such place stays whole. The pieces one after the other are the text.
 */
export function pieces(markdown: string): string[] {
  const found: string[] = [];
  const fences = new Fences({ strict: false });
  let start = 0;
  let at = 0;
  let cost = 0;
  let isCode = false;
  let afterBlank = false;
  for (const line of markdown.match(/[^\n]*\n|[^\n]+$/g) ?? []) {
    const wasCode = isCode;
    isCode = fences.isCode(line);
    if (!isCode && !wasCode && /^\S/.test(line)) {
      const isItem = LIST_ITEM.test(line);
      const least = afterBlank && !isItem && !line.startsWith(">")
        ? PIECE_UNITS
        : afterBlank || isItem
        ? 2 * PIECE_UNITS
        : 8 * PIECE_UNITS;
      if (cost >= least) {
        found.push(markdown.slice(start, at));
        [start, cost] = [at, 0];
      }
    }
    afterBlank = line.trim() === "";
    at += line.length;
    cost += line.length + LINE_UNITS;
  }
  if (start < markdown.length) found.push(markdown.slice(start));
  return found;
}

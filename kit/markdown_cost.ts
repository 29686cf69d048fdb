import { Fences } from "./fences.ts";

/** More quotes and lists in one another on a line are nobody's writing, and cost minutes. */
export const CONTAINERS_MAX = 32;

/** More marks of emphasis, brackets or the like between two blank lines cost seconds. */
export const PARAGRAPH_MARKS_MAX = 2_000;

/** An underline of a heading costs as much as this many marks. */
const UNDERLINE_MARKS = 20;

/**
 * Whether micromark would take too long for a text: some of its work grows with the square of what
 * stands in one paragraph or line.
 */
export function isTooCostlyMarkdown(markdown: string): boolean {
  const fences = new Fences({ strict: true });
  let marks = 0;
  for (const line of markdown.split(/\r\n?|\n/)) {
    if (fences.isCode(line)) continue;
    const containers = /^(?:[ \t]*(?:>|[-+*](?=[ \t])|\d{1,9}[.)](?=[ \t])))*/.exec(line)![0];
    if ((containers.match(/[>.)+*-]/g)?.length ?? 0) > CONTAINERS_MAX) return true;
    if (line.trim() === "") marks = 0;
    if (/^ {0,3}(=+|-+)[ \t]*$/.test(line)) marks += UNDERLINE_MARKS;
    marks += line.match(/[*_~![\]<`]/g)?.length ?? 0;
    if (marks > PARAGRAPH_MARKS_MAX) return true;
  }
  return false;
}

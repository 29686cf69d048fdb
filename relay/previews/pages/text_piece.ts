/** One page of a long text, in bytes; and how much of the next is looked at for a line's end. */
export const TEXT_PAGE_BYTES = 256 * 1024;
const LOOK_AHEAD_BYTES = 64 * 1024;

/** The part of a file that has to be read for page `number` (from 1). */
export function rangeOfPage(number: number): { start: number; end: number } {
  const start = (number - 1) * TEXT_PAGE_BYTES;
  return { start, end: start + TEXT_PAGE_BYTES + LOOK_AHEAD_BYTES };
}

export function pageCount(size: number): number {
  return Math.max(1, Math.ceil(size / TEXT_PAGE_BYTES));
}

/**
 * The whole lines of a page, so that no line is on two and none is lost. A line that is longer than
 * what is looked at is cut.
 * @param bytes what `rangeOfPage()` named
 */
export function linesOfPage(bytes: Uint8Array, number: number): Uint8Array {
  const start = number === 1 ? 0 : afterLine(bytes, 0);
  const end = bytes.length <= TEXT_PAGE_BYTES ? bytes.length : afterLine(bytes, TEXT_PAGE_BYTES);
  return bytes.subarray(Math.min(start, end), end);
}

/** Text as people wrote it, whatever its encoding; undefined if it is none. */
export function decodeText(bytes: Uint8Array): string | undefined {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return new TextDecoder("utf-16le").decode(bytes);
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return new TextDecoder("utf-16be").decode(bytes);
  if (bytes.subarray(0, 8192).includes(0)) return undefined;
  return new TextDecoder().decode(bytes);
}

/** Just after the first line's end at or after `from`, or before what follows a line too long. */
function afterLine(bytes: Uint8Array, from: number): number {
  const at = bytes.subarray(from, from + LOOK_AHEAD_BYTES).indexOf(10);
  return at < 0 ? Math.min(bytes.length, from + LOOK_AHEAD_BYTES) : from + at + 1;
}

/**
 * UTF-16 units of one part. KV holds values of 64 KiB (https://docs.deno.com/deploy/kv/), and a unit
 * takes two bytes at most there.
 */
export const PART_UNITS = 24 * 1024;

/** Parts of one text; more would not fit in one commit of 800 KiB. */
export const MAX_PARTS = 16;

/**
 * `text` in pieces that KV holds, cut anywhere: KV keeps half characters as they are.
 * @throws {RangeError} if it is longer than `MAX_PARTS` hold
 */
export function partsOf(text: string): string[] {
  if (text.length > PART_UNITS * MAX_PARTS) throw new RangeError("Cannot keep a text: too long");
  const parts: string[] = [];
  for (let at = 0; at < text.length || at === 0; at += PART_UNITS) {
    parts.push(text.slice(at, at + PART_UNITS));
  }
  return parts;
}

export function joinParts(parts: readonly string[]): string {
  return parts.join("");
}

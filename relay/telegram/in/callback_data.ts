/** What a button may carry, in bytes. https://core.telegram.org/bots/api#inlinekeyboardbutton */
export const MAX_CALLBACK_BYTES = 64;

/**
 * A button's data: whose it is, then what it says, parted by colons. It comes back as it went, and by
 * anybody's hand: it names things, and gives no right to them.
 * @throws {RangeError} if it does not fit, or a part has a colon in it
 */
export function callbackData(...parts: readonly (string | number)[]): string {
  const data = parts.join(":");
  const fits = new TextEncoder().encode(data).length <= MAX_CALLBACK_BYTES;
  if (fits && parts.every((part) => !String(part).includes(":"))) return data;
  throw new RangeError(`Cannot put "${data}" on a button`);
}

export function parseCallbackData(data: string): [string, ...string[]] {
  const [first = "", ...rest] = data.split(":");
  return [first, ...rest];
}

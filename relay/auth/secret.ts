import { encodeBase64Url } from "@std/encoding/base64url";

const SECRET_BYTES = 32;
const ID_BYTES = 16;

/** A secret of 256 random bits as base64url, after `prefix`. */
export function newSecret(prefix = ""): string {
  return prefix + encodeBase64Url(crypto.getRandomValues(new Uint8Array(SECRET_BYTES)));
}

/** A public id of 128 random bits: `<prefix>_<22 characters>`. */
export function newId(prefix: string): string {
  return `${prefix}_${encodeBase64Url(crypto.getRandomValues(new Uint8Array(ID_BYTES)))}`;
}

/** SHA-256 as base64url. Slow hashing is for passwords: 256 random bits cannot be guessed. */
export async function hashSecret(secret: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(secret));
  return encodeBase64Url(digest);
}

/** Compares in a time that depends on the length alone. */
export function sameText(a: string, b: string): boolean {
  let difference = a.length ^ b.length;
  for (let i = 0; i < a.length; i++) difference |= a.charCodeAt(i) ^ b.charCodeAt(i % b.length);
  return difference === 0;
}

/** An id whose text sorts by its time: 12 hex digits of milliseconds, then 80 random bits. */
export function datedId(atMs: number): string {
  const random = crypto.getRandomValues(new Uint8Array(10));
  return `${datedPrefix(atMs)}-${encodeBase64Url(random)}`;
}

/** Sorts before every dated id of that millisecond and after those of the one before. */
export function datedPrefix(atMs: number): string {
  return Math.floor(atMs).toString(16).padStart(12, "0");
}

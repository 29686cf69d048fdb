import { encodeBase64Url } from "@std/encoding/base64url";
import type { HostId, SessionId } from "@chatcode/protocol";

/** Of the line in a note, in UTF-16 units. A push message holds less than 4 KB in all. */
export const MAX_NOTE_TEXT = 160;

/** The same for every note of one session; says nothing about it to the push service. */
export async function tagOf(host: HostId, session: SessionId): Promise<string> {
  const name = new TextEncoder().encode(`${host}/${session}`);
  // RFC 8030 allows a topic of 32 characters.
  return encodeBase64Url(await crypto.subtle.digest("SHA-256", name)).slice(0, 32);
}

/** The first line with something in it, fit for a notification: on one line, cut, no controls. */
export function noteText(text: string): string {
  const line = text.split(/[\r\n\u0085\u2028\u2029]/)
    // Controls, marks that reorder what is read, and lone halves of characters have no place there.
    .map((line) => line.replace(/[\p{Cc}\p{Cf}\p{Cs}]+/gu, " ").replace(/\s+/g, " ").trim())
    .find((line) => line !== "") ?? "";
  if (line.length <= MAX_NOTE_TEXT) return line;
  return `${line.slice(0, MAX_NOTE_TEXT - 1).replace(/[\ud800-\udbff]$/, "")}…`;
}

import type { Clock } from "@chatcode/kit";
import { decodeBase64Url, encodeBase64Url } from "@std/encoding/base64url";
import { newSecret } from "../auth/secret.ts";
import { rows } from "../kv/keys.ts";
import type { Store } from "../kv/store.ts";

/**
 * The text of a link: 16 bytes of id, 6 of expiry in milliseconds, 12 of the path's hash, and 16 of
 * an HMAC over them, as base64url. So an altered link is known without the store.
 */
const ID = 16;
const EXPIRY = 6;
const PATH = 12;
const MAC = 16;
const SIGNED = ID + EXPIRY + PATH;

export interface Grant {
  readonly id: string;
  readonly expiresAtMs: number;
  /** The file's path, hashed. */
  readonly pathHash: string;
}

/** Signs the links that show a file, and tells what a link says. */
export class GrantTokens {
  readonly #key: CryptoKey;

  private constructor(key: CryptoKey) {
    this.#key = key;
  }

  /** Takes this relay's secret from the store, or makes it. */
  static async open(store: Store, clock: Clock): Promise<GrantTokens> {
    const secret = await store.update(rows.previewSecret, (kept, commit) => {
      if (kept !== null) return kept.secret;
      const made = newSecret();
      commit.set(rows.previewSecret, { secret: made, createdAtMs: clock.now() });
      return made;
    });
    const algorithm = { name: "HMAC", hash: "SHA-256" };
    const raw = decodeBase64Url(secret);
    return new GrantTokens(await crypto.subtle.importKey("raw", raw, algorithm, false, ["sign"]));
  }

  /** A new link's text and id. */
  async issue(path: string, expiresAtMs: number): Promise<{ token: string; id: string }> {
    const bytes = new Uint8Array(SIGNED + MAC);
    crypto.getRandomValues(bytes.subarray(0, ID));
    new DataView(bytes.buffer).setUint16(ID, Math.floor(expiresAtMs / 2 ** 32));
    new DataView(bytes.buffer).setUint32(ID + 2, expiresAtMs % 2 ** 32);
    bytes.set(await hashOf(path), ID + EXPIRY);
    bytes.set(await this.#mac(bytes.subarray(0, SIGNED)), SIGNED);
    return { token: encodeBase64Url(bytes), id: encodeBase64Url(bytes.subarray(0, ID)) };
  }

  /** @returns undefined if we did not issue it */
  async parse(token: string): Promise<Grant | undefined> {
    const bytes = bytesOf(token);
    const mac = await this.#mac(bytes.subarray(0, SIGNED));
    let difference = 0;
    for (let at = 0; at < MAC; at++) difference |= mac[at]! ^ bytes[SIGNED + at]!;
    // One token has one spelling only: the last character's spare bits count too.
    if (difference !== 0 || encodeBase64Url(bytes) !== token) return undefined;
    const view = new DataView(bytes.buffer);
    return {
      id: encodeBase64Url(bytes.subarray(0, ID)),
      expiresAtMs: view.getUint16(ID) * 2 ** 32 + view.getUint32(ID + 2),
      pathHash: encodeBase64Url(bytes.subarray(ID + EXPIRY, SIGNED)),
    };
  }

  async isFor(grant: Grant, path: string): Promise<boolean> {
    return encodeBase64Url(await hashOf(path)) === grant.pathHash;
  }

  async #mac(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
    const mac = await crypto.subtle.sign("HMAC", this.#key, bytes);
    return new Uint8Array(mac).subarray(0, MAC);
  }
}

/** Text of another shape is as long to look at, and fits no MAC. */
function bytesOf(token: string): Uint8Array<ArrayBuffer> {
  const blank = new Uint8Array(SIGNED + MAC);
  if (token.length > 100) return blank;
  try {
    const bytes = decodeBase64Url(token);
    return bytes.length === blank.length ? bytes : blank;
  } catch {
    return blank;
  }
}

async function hashOf(path: string): Promise<Uint8Array<ArrayBuffer>> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(path));
  return new Uint8Array(digest).subarray(0, PATH);
}

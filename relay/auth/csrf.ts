import type { Clock } from "@chatcode/kit";
import { decodeBase64Url, encodeBase64Url } from "@std/encoding/base64url";
import { rows } from "../kv/keys.ts";
import type { Store } from "../kv/store.ts";
import { newSecret } from "./secret.ts";

/**
 * Tokens that a page's changes must carry: an HMAC over the browser session, so that none needs to
 * be stored and each dies with its session.
 */
export class Csrf {
  readonly #key: CryptoKey;

  private constructor(key: CryptoKey) {
    this.#key = key;
  }

  /** Takes this relay's secret from the store, or makes it. */
  static async open(store: Store, clock: Clock): Promise<Csrf> {
    const secret = await store.update(rows.csrfSecret, (kept, commit) => {
      if (kept !== null) return kept.secret;
      const made = newSecret();
      commit.set(rows.csrfSecret, { secret: made, createdAtMs: clock.now() });
      return made;
    });
    const algorithm = { name: "HMAC", hash: "SHA-256" };
    return new Csrf(
      await crypto.subtle.importKey("raw", decodeBase64Url(secret), algorithm, false, [
        "sign",
        "verify",
      ]),
    );
  }

  /** @param credential the browser session's hash */
  async token(credential: string): Promise<string> {
    return encodeBase64Url(await crypto.subtle.sign("HMAC", this.#key, bytesOf(credential)));
  }

  /** In constant time. Text that is no token at all is just not valid. */
  async isValid(credential: string, token: string): Promise<boolean> {
    let signature: Uint8Array<ArrayBuffer>;
    try {
      signature = decodeBase64Url(token);
    } catch {
      return false;
    }
    return await crypto.subtle.verify("HMAC", this.#key, signature, bytesOf(credential));
  }
}

function bytesOf(credential: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(`csrf:${credential}`);
}

import { getCookies } from "@std/http/cookie";

/** The session cookie's name and attributes follow from the public URL. */
export class SessionCookie {
  readonly name: string;
  readonly #secure: boolean;

  constructor(publicUrl: URL) {
    this.#secure = publicUrl.protocol === "https:";
    // `__Host-`: only this very host over TLS may set it (RFC 6265bis, section 4.1.3.2).
    this.name = this.#secure ? "__Host-chatcode" : "chatcode";
  }

  /** The token that the request carries, if any; a header that is no list of cookies carries none. */
  parse(headers: Headers): string | undefined {
    try {
      return getCookies(headers)[this.name];
    } catch (error) {
      if (error instanceof SyntaxError) return undefined;
      throw error;
    }
  }

  /** A whole `Set-Cookie` value that keeps `token` for `maxAgeMs`. */
  encode(token: string, maxAgeMs: number): string {
    const secure = this.#secure ? "; Secure" : "";
    const maxAge = Math.floor(maxAgeMs / 1000);
    return `${this.name}=${token}; Path=/; Max-Age=${maxAge}; HttpOnly; SameSite=Lax${secure}`;
  }

  /** The `Set-Cookie` value that clears it. */
  clear(): string {
    return this.encode("", 0);
  }
}

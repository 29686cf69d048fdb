const LOOPBACK_NAMES = ["127.0.0.1", "localhost", "[::1]"];

/** `none`: not sent by a browser, or by one that does not say. */
export type OriginCheck = "ours" | "foreign" | "none";

/** Whether requests come from the relay's own pages. */
export class Origins {
  readonly #ours: ReadonlySet<string>;

  constructor(publicUrl: URL) {
    const ours = new Set([publicUrl.origin]);
    if (isLoopback(publicUrl)) {
      // They are one machine, and people type whichever they like.
      for (const name of LOOPBACK_NAMES) {
        const url = new URL(publicUrl);
        url.hostname = name;
        ours.add(url.origin);
      }
    }
    this.#ours = ours;
  }

  /**
   * Judges by `Origin`, and where a browser sends none, by `Sec-Fetch-Site`. For every method that
   * changes something and every WebSocket: a request with a cookie, or with no credential, must
   * be `ours`; one with a bearer token must not be `foreign`.
   */
  check(headers: Headers): OriginCheck {
    const origin = headers.get("origin");
    if (origin !== null) return this.#ours.has(origin) ? "ours" : "foreign";
    const site = headers.get("sec-fetch-site");
    if (site === null) return "none";
    return site === "same-origin" ? "ours" : "foreign";
  }
}

/** Whether the URL names the machine itself. */
export function isLoopback(url: URL): boolean {
  return LOOPBACK_NAMES.includes(url.hostname);
}

const SCHEMES = new Set(["http:", "https:", "mailto:"]);

/**
 * The address if it may be a link: of the web or of mail, in full. A relative one would lead into
 * this app, where what it means is not.
 */
export function safeLink(url: string): string | undefined {
  try {
    const { protocol, href } = new URL(url);
    return SCHEMES.has(protocol) ? href : undefined;
  } catch {
    return undefined;
  }
}

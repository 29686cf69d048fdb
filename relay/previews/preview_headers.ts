/** No answer may run anything, ask anybody for anything, be kept, or tell where it came from. */
export function previewHeaders(
  more: { pages: string; styleHash?: string; sandbox?: string },
): Headers {
  const style = more.styleHash === undefined ? "'unsafe-inline'" : `'sha256-${more.styleHash}'`;
  const policy = [
    "default-src 'none'",
    "img-src 'self' data:",
    "media-src 'self'",
    `style-src ${style}`,
    "base-uri 'none'",
    "form-action 'none'",
    `frame-ancestors ${more.pages}`,
    more.sandbox ?? "sandbox",
  ];
  return new Headers({
    "content-security-policy": policy.filter((rule) => rule !== "").join("; "),
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    // The second word keeps the server from compressing: ranges and lengths stay true.
    "cache-control": "no-store, no-transform",
    "cross-origin-opener-policy": "same-origin",
    "x-robots-tag": "noindex",
  });
}

/** RFC 6266: a plain name for old clients, the true one for the others. */
export function disposition(kind: "inline" | "attachment", name: string): string {
  const plain = name.normalize("NFKD").replace(/[^\x20-\x7e]/g, "_").replace(/["\\]/g, "_");
  const exact = encodeURIComponent(name.toWellFormed())
    .replace(/['()*]/g, (c) => `%${c.charCodeAt(0).toString(16)}`);
  return `${kind}; filename="${plain}"; filename*=UTF-8''${exact}`;
}

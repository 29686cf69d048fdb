/**
 * The response with the headers that keep a page to itself. The policy replaces that of Fresh's
 * `csp()`, except for the nonce of Fresh's own script: that one only `csp()` knows. Not a
 * middleware, because error pages are rendered outside of those. `previews`: where links to files
 * lead, if that is an origin of their own.
 */
export function withSecurityHeaders(response: Response, previews: URL | null = null): Response {
  const headers = new Headers(response.headers);
  const [nonce] = /'nonce-[^']+'/.exec(headers.get("content-security-policy") ?? "") ?? [];
  headers.set("content-security-policy", policy(nonce, previews));
  headers.set("cross-origin-opener-policy", "same-origin");
  headers.set("referrer-policy", "same-origin");
  headers.set(
    "permissions-policy",
    "camera=(), geolocation=(), microphone=(self), payment=(), usb=(), clipboard-read=(self), " +
      "clipboard-write=(self)",
  );
  headers.set("x-content-type-options", "nosniff");
  headers.set("x-frame-options", "DENY");
  const { body, status, statusText } = response;
  return new Response(body, { status, statusText, headers });
}

function policy(nonce: string | undefined, previews: URL | null): string {
  return [
    "default-src 'none'",
    ["script-src 'self'", nonce].filter(Boolean).join(" "),
    "style-src 'self'",
    // xterm writes its theme and cell sizes into style elements of its own.
    "style-src-elem 'self' 'unsafe-inline'",
    // ... and 24-bit colours into style attributes, where it draws without WebGL.
    "style-src-attr 'unsafe-inline'",
    "img-src 'self' data: blob:",
    "font-src 'self'",
    "connect-src 'self'",
    // Previews of files, each in a sandbox.
    `frame-src ${previews?.origin ?? "'self'"}`,
    "manifest-src 'self'",
    "worker-src 'self' blob:",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join("; ");
}

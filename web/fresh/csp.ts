import type { Middleware } from "./middleware.ts";

const DIRECTIVES = [
  "default-src 'self'",
  "script-src 'self' 'unsafe-inline'",
  "style-src 'self' 'unsafe-inline'",
  "font-src 'self'",
  "img-src 'self' data:",
  "media-src 'self' data: blob:",
  "worker-src 'self' blob:",
  "connect-src 'self'",
  "object-src 'none'",
  "base-uri 'self'",
  "form-action 'self'",
  "frame-ancestors 'none'",
  "upgrade-insecure-requests",
];

/**
 * Sets a Content-Security-Policy. With `useNonce` nothing inline is allowed: Fresh then swaps
 * 'unsafe-inline' for a nonce, and this module renders nothing that would need one.
 */
export function csp<State>(options: { useNonce?: boolean } = {}): Middleware<State> {
  const policy = DIRECTIVES.map((directive) =>
    options.useNonce ? directive.replace(" 'unsafe-inline'", "") : directive
  ).join("; ");
  return async (ctx) => {
    const response = await ctx.next();
    response.headers.set("content-security-policy", policy);
    return response;
  };
}

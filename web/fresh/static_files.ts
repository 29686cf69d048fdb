import { FRAME } from "./context.ts";
import type { Middleware } from "./middleware.ts";
import { ASSET_CACHE_BUST_KEY } from "./runtime.ts";

/** Serves the files of `static/` and the browser bundles; anything else goes to the next step. */
export function staticFiles<State>(): Middleware<State> {
  return async (ctx) => {
    const { build } = ctx[FRAME];
    const { req, url } = ctx;
    // Only paths that the build listed exist, so no path can lead out of its folders.
    const file = build.files.get(decode(url.pathname));
    if (file === undefined) {
      return url.pathname === "/favicon.ico"
        ? new Response(null, { status: 404 })
        : await ctx.next();
    }
    if (req.method !== "GET" && req.method !== "HEAD") {
      return new Response("Method Not Allowed", { status: 405 });
    }
    const bustKey = url.searchParams.get(ASSET_CACHE_BUST_KEY);
    if (bustKey !== null && bustKey !== build.buildId) {
      url.searchParams.delete(ASSET_CACHE_BUST_KEY);
      return new Response(null, { status: 307, headers: { location: url.pathname + url.search } });
    }
    const locked = bustKey !== null || url.pathname.startsWith(`/_fresh/js/${build.buildId}/`);
    const headers = new Headers({
      "content-type": file.contentType,
      "cache-control": locked && build.mode === "production"
        ? "public, max-age=31536000, immutable"
        : "no-cache, no-store, max-age=0, must-revalidate",
      vary: "If-None-Match",
    });
    if (file.etag !== undefined) {
      headers.set("etag", `W/"${file.etag}"`);
      const known = req.headers.get("if-none-match");
      if (known === file.etag || known === `W/"${file.etag}"`) {
        return new Response(null, { status: 304, headers });
      }
    }
    const bytes = await file.read();
    headers.set("content-length", String(bytes.byteLength));
    return new Response(req.method === "HEAD" ? null : bytes, { headers });
  };
}

function decode(pathname: string): string {
  try {
    return decodeURIComponent(pathname);
  } catch {
    return pathname;
  }
}

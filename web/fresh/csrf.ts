import type { Context } from "./context.ts";
import { HttpError } from "./http_error.ts";
import type { Middleware } from "./middleware.ts";

/**
 * Refuses requests with side effects that another site made the browser send, by `Sec-Fetch-Site`
 * and `Origin`. Clients that send neither are not browsers and pass.
 */
export function csrf<State>(
  options: { origin?: (origin: string, ctx: Context<State>) => boolean } = {},
): Middleware<State> {
  const allows = options.origin ?? ((origin, ctx) => origin === ctx.url.origin);
  return (ctx) => {
    const { method, headers } = ctx.req;
    if (method === "GET" || method === "HEAD" || method === "OPTIONS") return ctx.next();
    const site = headers.get("sec-fetch-site");
    const origin = headers.get("origin");
    const trusted = site === "same-origin" || site === "none" ||
      (origin === null ? site === null : allows(origin, ctx));
    if (!trusted) throw new HttpError(403);
    return ctx.next();
  };
}

import { define } from "../../define.ts";

/** Pages for people who are signed in; others are sent to sign in and come back. */
export const handler = define.middleware((ctx) => {
  if (ctx.state.principal !== null) return ctx.next();
  const next = encodeURIComponent(ctx.url.pathname + ctx.url.search);
  return ctx.redirect(`/sign-in?next=${next}`);
});

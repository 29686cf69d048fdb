import { define, signedIn } from "../../../define.ts";

/** Signs out everywhere, here too. */
export const handler = define.handlers({
  async DELETE(ctx) {
    await ctx.state.services.browserSessions.revokeAll(ctx, signedIn(ctx.state));
    return Response.json({});
  },
});

import { define, signedIn } from "../../../define.ts";

export const handler = define.handlers({
  async DELETE(ctx) {
    const { services } = ctx.state;
    await services.browserSessions.revoke(ctx, signedIn(ctx.state), ctx.params.id ?? "");
    return Response.json({});
  },
});

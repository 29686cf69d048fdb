import { define, signedIn } from "../../define.ts";

export const handler = define.handlers({
  async POST(ctx) {
    const cookie = await ctx.state.services.signIn.signOut(ctx, signedIn(ctx.state));
    return Response.json({}, { headers: { "set-cookie": cookie } });
  },
});

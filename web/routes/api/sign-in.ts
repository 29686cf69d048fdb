import { z } from "zod";
import { define } from "../../define.ts";
import { jsonBody } from "../../json_body.ts";

const body = z.object({ token: z.string().min(1).max(200) });

/** Spends a one-time token: 200 with the cookie, or 410 with `why` it is of no use. */
export const handler = define.handlers({
  async POST(ctx) {
    const { token } = await jsonBody(ctx.req, body);
    const outcome = await ctx.state.services.signIn.signIn(ctx, token);
    if (outcome.state === "refused") return Response.json({ why: outcome.why }, { status: 410 });
    return Response.json({}, { headers: { "set-cookie": outcome.cookie } });
  },
});

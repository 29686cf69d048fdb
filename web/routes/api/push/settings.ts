import { pushSettings } from "@chatcode/protocol";
import { define, signedIn } from "../../../define.ts";
import { jsonBody } from "../../../json_body.ts";

/** What the account is told of, and when not. */
export const handler = define.handlers({
  async PATCH(ctx) {
    const settings = await jsonBody(ctx.req, pushSettings);
    await ctx.state.services.push.saveSettings(ctx, signedIn(ctx.state), settings);
    return Response.json({});
  },
});

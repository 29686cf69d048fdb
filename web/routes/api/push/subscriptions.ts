import { pushTarget } from "@chatcode/protocol";
import { define, signedIn } from "../../../define.ts";
import { jsonBody } from "../../../json_body.ts";

/** Whether this browser is told of what happens in sessions. */
export const handler = define.handlers({
  async POST(ctx) {
    const target = await jsonBody(ctx.req, pushTarget);
    await ctx.state.services.push.subscribe(ctx, signedIn(ctx.state), target);
    return Response.json({});
  },
  async DELETE(ctx) {
    const { endpoint } = await jsonBody(ctx.req, pushTarget.pick({ endpoint: true }));
    await ctx.state.services.push.unsubscribe(ctx, signedIn(ctx.state), endpoint);
    return Response.json({});
  },
});

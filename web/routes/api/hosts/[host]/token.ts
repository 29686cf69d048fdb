import { define, signedIn } from "../../../../define.ts";
import { hostParam } from "../../../../host_param.ts";

/** A new token; the old one stops at once. */
export const handler = define.handlers({
  async POST(ctx) {
    const principal = signedIn(ctx.state);
    const host = hostParam(ctx.params.host);
    return Response.json(await ctx.state.services.hosts.rotate(ctx, principal, host));
  },
});

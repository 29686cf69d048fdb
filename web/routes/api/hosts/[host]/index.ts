import { z } from "zod";
import { define, signedIn } from "../../../../define.ts";
import { hostParam } from "../../../../host_param.ts";
import { jsonBody } from "../../../../json_body.ts";

const body = z.object({ name: z.string().trim().min(1).max(80) });

export const handler = define.handlers({
  /** Renames. */
  async PATCH(ctx) {
    const principal = signedIn(ctx.state);
    const { name } = await jsonBody(ctx.req, body);
    await ctx.state.services.hosts.rename(ctx, principal, hostParam(ctx.params.host), name);
    return Response.json({});
  },
  /** Removes the machine and revokes its token. */
  async DELETE(ctx) {
    const principal = signedIn(ctx.state);
    await ctx.state.services.hosts.remove(ctx, principal, hostParam(ctx.params.host));
    return Response.json({});
  },
});

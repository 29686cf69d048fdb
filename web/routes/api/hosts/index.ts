import { z } from "zod";
import { define, signedIn } from "../../../define.ts";
import { jsonBody } from "../../../json_body.ts";

const body = z.object({ name: z.string().trim().min(1).max(80) });

/** Adds a machine; the answer holds its token, once. */
export const handler = define.handlers({
  async POST(ctx) {
    const principal = signedIn(ctx.state);
    const { name } = await jsonBody(ctx.req, body);
    return Response.json(await ctx.state.services.hosts.add(ctx, principal, name));
  },
});

import { z } from "zod";
import { define, signedIn } from "../../../define.ts";
import { jsonBody } from "../../../json_body.ts";

const body = z.object({
  name: z.string().trim().min(1).max(80),
  role: z.enum(["owner", "operator", "viewer"]),
  expiresAtMs: z.int().min(0).nullable(),
});

/** Makes an API token; the answer holds it, once. */
export const handler = define.handlers({
  async POST(ctx) {
    const principal = signedIn(ctx.state);
    const wanted = await jsonBody(ctx.req, body);
    return Response.json(await ctx.state.services.apiTokens.create(ctx, principal, wanted));
  },
});

import { define } from "../define.ts";

export const handler = define.middleware(async (ctx) => {
  ctx.state.trace.push("root");
  const response = await ctx.next();
  response.headers.set("x-root", "seen");
  return response;
});

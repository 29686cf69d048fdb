import { HttpError } from "fresh";
import { define } from "../../../define.ts";

/** Where Telegram brings updates to. */
export const handler = define.handlers({
  async POST(ctx) {
    const { telegram } = ctx.state.services;
    if (telegram === null) throw new HttpError(404);
    return await telegram.webhook(ctx, ctx.params.bot ?? "");
  },
});

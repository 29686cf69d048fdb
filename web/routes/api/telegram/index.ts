import { define, signedIn } from "../../../define.ts";
import { telegramOf } from "../../../telegram_service.ts";

/** The account's link with a Telegram user. */
export const handler = define.handlers({
  async GET(ctx) {
    return Response.json(await telegramOf(ctx.state).state(signedIn(ctx.state)));
  },
  async DELETE(ctx) {
    await telegramOf(ctx.state).unlink(ctx, signedIn(ctx.state));
    return Response.json({});
  },
});

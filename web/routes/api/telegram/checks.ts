import { define, signedIn } from "../../../define.ts";
import { telegramOf } from "../../../telegram_service.ts";

/** What is wrong with the bot, and how to mend it. Asks Telegram, so it takes its time. */
export const handler = define.handlers({
  async GET(ctx) {
    return Response.json({ checks: await telegramOf(ctx.state).examine(signedIn(ctx.state)) });
  },
});

import { define, signedIn } from "../../../define.ts";
import { telegramOf } from "../../../telegram_service.ts";

/** Makes a deep link that links whoever opens it in Telegram; the answer holds it, once. */
export const handler = define.handlers({
  async POST(ctx) {
    return Response.json(await telegramOf(ctx.state).pair(signedIn(ctx.state)));
  },
});

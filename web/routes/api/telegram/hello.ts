import { define, signedIn } from "../../../define.ts";
import { telegramOf } from "../../../telegram_service.ts";

/** Has the bot say something, to see that it arrives. */
export const handler = define.handlers({
  async POST(ctx) {
    await telegramOf(ctx.state).sayHello(signedIn(ctx.state));
    return Response.json({});
  },
});

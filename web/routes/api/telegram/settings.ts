import { telegramSettings } from "@chatcode/protocol";
import { define, signedIn } from "../../../define.ts";
import { jsonBody } from "../../../json_body.ts";
import { telegramOf } from "../../../telegram_service.ts";

/** What the account is told in Telegram, and how. */
export const handler = define.handlers({
  async PATCH(ctx) {
    const settings = await jsonBody(ctx.req, telegramSettings);
    await telegramOf(ctx.state).saveSettings(ctx, signedIn(ctx.state), settings);
    return Response.json({});
  },
});

import { define, signedIn } from "../../define.ts";
import { usageCsv } from "../../lib/usage_sums.ts";
import { usageRange } from "../../usage_range.ts";

/** The usage of a range of days, as CSV to be saved. */
export const handler = define.handlers({
  async GET(ctx) {
    const range = usageRange(ctx.url);
    const { rows } = await ctx.state.services.usage.query(signedIn(ctx.state), range);
    return new Response(usageCsv(rows), {
      headers: {
        "content-type": "text/csv; charset=utf-8",
        "content-disposition":
          `attachment; filename="chatcode-usage-${range.from}-${range.to}.csv"`,
      },
    });
  },
});

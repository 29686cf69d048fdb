import { page } from "fresh";
import { define } from "../define.ts";

export const handler = define.handlers({
  async POST(ctx) {
    const name = (await ctx.req.formData()).get("name");
    if (name === "ada") return ctx.redirect("//elsewhere.example/welcome?x=//y", 303);
    return page({ name: String(name) }, { status: 422, headers: { "x-form": "refused" } });
  },
});

export default define.page<typeof handler>(({ data }) => <p>form {data.name}</p>);

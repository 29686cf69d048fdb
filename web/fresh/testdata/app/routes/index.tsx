import { page } from "fresh";
import { Head } from "fresh/runtime";
import { define } from "../define.ts";
import Counter from "../islands/Counter.tsx";

export const handler = define.handlers({
  GET(ctx) {
    return page({ text: ctx.url.searchParams.get("text") ?? "plain" });
  },
});

export default define.page<typeof handler>(({ data, state }) => (
  <>
    <Head>
      <title>{data.text}</title>
      <meta name="robots" content="noindex" />
    </Head>
    <h1>{state.greeting}</h1>
    <p>{data.text}</p>
    <Counter start={3} text={data.text} nested={{ list: [1, null, "two"] }} />
    <Counter start={10} text="second" />
  </>
));

import { page } from "fresh";
import { asset, Head } from "fresh/runtime";
import Machines from "../../islands/Machines.tsx";
import { define, signedIn } from "../../define.ts";

export const handler = define.handlers({
  async GET(ctx) {
    const principal = signedIn(ctx.state);
    const records = await ctx.state.services.hosts.list(principal);
    return page({
      known: records.map(({ id, name }) => ({ id, name })),
      mayChange: principal.role === "owner",
      mayRead: principal.role !== "viewer",
    });
  },
});

export default define.page<typeof handler>(({ data }) => (
  <div class="page">
    <Head>
      <title>Machines · Chatcode</title>
      <link rel="stylesheet" href={asset("/conversation.css")} />
      <link rel="stylesheet" href={asset("/files.css")} />
    </Head>
    <Machines known={data.known} mayChange={data.mayChange} mayRead={data.mayRead} />
  </div>
));

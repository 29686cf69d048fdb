import { Head } from "fresh/runtime";
import Sessions from "../../islands/Sessions.tsx";
import { define, signedIn } from "../../define.ts";

export default define.page(({ state }) => (
  <div class="page">
    <Head>
      <title>Sessions · Chatcode</title>
    </Head>
    <Sessions mayChange={signedIn(state).role !== "viewer"} />
  </div>
));

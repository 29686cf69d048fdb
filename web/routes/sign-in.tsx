import { Head } from "fresh/runtime";
import SignIn from "../islands/SignIn.tsx";
import { define } from "../define.ts";

export default define.page(({ url }) => (
  <main class="sign-in" id="main">
    <Head>
      <title>Sign in · Chatcode</title>
    </Head>
    <div class="card">
      <img src="/icon.svg" alt="" width="48" height="48" />
      <h1>Chatcode</h1>
      <SignIn next={url.searchParams.get("next")} />
      <noscript>
        <p>The terminal needs JavaScript. Switch it on and load the page again.</p>
      </noscript>
    </div>
  </main>
));

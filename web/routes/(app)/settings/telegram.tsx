import { page } from "fresh";
import { Head } from "fresh/runtime";
import { BotGuide } from "../../../components/telegram/BotGuide.tsx";
import { define, signedIn } from "../../../define.ts";
import TelegramChecks from "../../../islands/TelegramChecks.tsx";
import TelegramLink from "../../../islands/TelegramLink.tsx";
import TelegramNotices from "../../../islands/TelegramNotices.tsx";

export const handler = define.handlers({
  async GET(ctx) {
    const principal = signedIn(ctx.state);
    const { telegram } = ctx.state.services;
    return page({
      isOwner: principal.role === "owner",
      state: telegram && await telegram.state(principal),
    });
  },
});

export default define.page<typeof handler>(({ data: { isOwner, state } }) => (
  <div class="page">
    <Head>
      <title>Telegram · Chatcode</title>
    </Head>
    <header class="page-head">
      <h1>Telegram</h1>
      <a href="/settings">Back to settings</a>
    </header>
    {state === null
      ? (
        <section class="section" aria-labelledby="none">
          <h2 id="none">This relay has no bot yet</h2>
          <p class="note">
            With a bot of your own you follow and drive every session from Telegram: a topic for
            each, prompts, files and voice in, answers out, approvals as buttons.
          </p>
          {isOwner ? <BotGuide /> : <p>Whoever runs the relay can set one up.</p>}
        </section>
      )
      : (
        <>
          <section class="section" aria-labelledby="account">
            <h2 id="account">Your account</h2>
            <TelegramLink state={state} />
          </section>
          <section class="section" aria-labelledby="notices">
            <h2 id="notices">What you are told</h2>
            <TelegramNotices settings={state.settings} />
          </section>
          {isOwner && (
            <section class="section" aria-labelledby="bot">
              <h2 id="bot">The bot</h2>
              <TelegramChecks />
              <details class="guide">
                <summary>How to set up a bot</summary>
                <BotGuide />
              </details>
            </section>
          )}
        </>
      )}
  </div>
));

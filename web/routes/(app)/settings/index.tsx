import { page } from "fresh";
import { Head } from "fresh/runtime";
import ApiTokens from "../../../islands/ApiTokens.tsx";
import Appearance from "../../../islands/Appearance.tsx";
import BrowserSessions from "../../../islands/BrowserSessions.tsx";
import Notifications from "../../../islands/Notifications.tsx";
import { define, signedIn } from "../../../define.ts";

export const handler = define.handlers({
  async GET(ctx) {
    const principal = signedIn(ctx.state);
    const { browserSessions, apiTokens, push } = ctx.state.services;
    const [sessions, tokens, publicKey, notify] = await Promise.all([
      browserSessions.list(principal),
      apiTokens.list(principal),
      push.publicKey(principal),
      push.settings(principal),
    ]);
    const { telegram } = ctx.state.services;
    const bot = telegram && await telegram.state(principal);
    return page({ principal, sessions, tokens, publicKey, notify, bot });
  },
});

export default define.page<typeof handler>(({ data }) => {
  const { principal, sessions, tokens, publicKey, notify, bot } = data;
  return (
    <div class="page">
      <Head>
        <title>Settings · Chatcode</title>
      </Head>
      <header class="page-head">
        <h1>Settings</h1>
      </header>
      <section class="section" aria-labelledby="appearance">
        <h2 id="appearance">Appearance</h2>
        <p class="note">Kept in this browser.</p>
        <Appearance />
      </section>
      <section class="section" aria-labelledby="notifications">
        <h2 id="notifications">Notifications</h2>
        <Notifications publicKey={publicKey} settings={notify} />
      </section>
      <section class="section" aria-labelledby="telegram">
        <h2 id="telegram">Telegram</h2>
        <p class="note">
          {bot === null
            ? "No bot is set up."
            : bot.linked === null
            ? "Not linked."
            : `Linked with ${bot.linked.name}.`}
        </p>
        <p>
          <a href="/settings/telegram" data-testid="telegram-page">
            {bot?.linked
              ? "What you are told there, and the bot"
              : "Drive your sessions from Telegram"}
          </a>
        </p>
      </section>
      <section class="section" aria-labelledby="devices">
        <h2 id="devices">Signed-in browsers</h2>
        <BrowserSessions
          sessions={sessions.map((it) => ({ ...it }))}
          own={principal.browserSession}
        />
      </section>
      <section class="section" aria-labelledby="tokens">
        <h2 id="tokens">API tokens</h2>
        <p class="note">
          For scripts and other clients that speak the protocol. Each is shown once.
        </p>
        <ApiTokens tokens={tokens.map((it) => ({ ...it }))} role={principal.role} />
      </section>
      {principal.role === "owner" && (
        <section class="section" aria-labelledby="audit">
          <h2 id="audit">Audit log</h2>
          <p>
            <a href="/settings/audit">Who signed in, and who changed machines and tokens</a>
          </p>
        </section>
      )}
    </div>
  );
});

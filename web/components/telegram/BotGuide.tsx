/** What to do at BotFather and here, in order. */
export function BotGuide() {
  return (
    <ol class="steps-list">
      <li>
        In Telegram open{" "}
        <a href="https://t.me/BotFather" target="_blank" rel="noopener noreferrer">@BotFather</a>,
        send <code>/newbot</code>, and choose a name and a user name that ends in <code>bot</code>.
      </li>
      <li>
        In BotFather's app choose the bot, <b>Bot Settings</b>, and turn on{" "}
        <b>Threaded Mode</b>: each session then gets a topic of its own.
      </li>
      <li>
        Put the token that BotFather gave you into a file that only you can read, and start with it:
        <code class="block">deno task start --telegram-token-file FILE</code>
        or, for a relay of its own,
        <code class="block">deno task relay --telegram-token-file FILE</code>
        On Deno Deploy set{" "}
        <code>CHATCODE_TELEGRAM_TOKEN</code>. Whoever has the token is the bot: it belongs in no
        chat and no repository.
      </li>
      <li>Come back to this page and link your account.</li>
    </ol>
  );
}

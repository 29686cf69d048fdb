import type { Replies } from "../replies.ts";
import type { IncomingMessage } from "../incoming.ts";
import type { BotParts } from "../bot_parts.ts";
import { placeOf } from "../asked.ts";
import { plain } from "../../format/mod.ts";
import type { Command } from "./command.ts";

function welcome({ hasTopics }: BotParts): string {
  const where = hasTopics()
    ? "Each session gets a topic here; what you write in it goes to its agent."
    : "All sessions share this chat: /sessions chooses the one that you talk to.";
  return `You are linked. ${where}\n\n` +
    "/new starts a session, /sessions lists them, /help tells the rest.";
}

const REFUSALS = {
  unknown: "That link is used or too old. Make a new one in the browser: Settings → Telegram.",
  user_taken:
    "You are linked with another Chatcode account. Unlink there first: /unlink, or in the browser.",
  account_taken: "That Chatcode account is linked with somebody else. Unlink there first.",
} as const;

/** The code that `/start` brings from a deep link; undefined: it is another command, or has none. */
export function pairingCode({ text, chat }: IncomingMessage): string | undefined {
  if (chat.type !== "private") return undefined;
  return /^\/start(?:@\w+)? ([A-Za-z0-9_-]{20,64})$/.exec(text.trim())?.[1];
}

/** Links whoever brought a code, or says why not. They may be a stranger until then. */
export async function pair(
  incoming: IncomingMessage,
  code: string,
  bot: BotParts,
  replies: Replies,
): Promise<void> {
  const { from, update } = incoming;
  const outcome = await bot.pairing.use(code, from, bot.hasTopics());
  // The code is spent, by this very message: the relay was stopped before it could say so.
  const again = outcome.state === "unknown" && await bot.chats.linkOf(from.id) !== null;
  const text = outcome.state === "linked" || again ? welcome(bot) : REFUSALS[outcome.state];
  await replies.say(
    placeOf(incoming),
    { rich: plain(text) },
    `tg-${bot.bot.botId}-${update}-start`,
  );
}

export const start: Command = {
  name: "start",
  about: "Begin",
  async run(asked, _args, bot) {
    await asked.say(welcome(bot));
  },
};

import type { Session } from "@chatcode/protocol";
import { rows } from "../../kv/keys.ts";
import type { About, Asked } from "./asked.ts";
import type { BotParts } from "./bot_parts.ts";

/** The session of the topic, or the one that a chat without topics talks to. */
export async function aboutMeant(asked: Asked, bot: BotParts): Promise<About | null> {
  return asked.topic ??
    (asked.place.thread === null ? await bot.store.get(rows.telegramTalk(asked.place.chat)) : null);
}

/** It, if it is still there and one may see it. */
export async function sessionMeant(asked: Asked, bot: BotParts): Promise<Session | undefined> {
  const about = await aboutMeant(asked, bot);
  if (about === null) return undefined;
  return bot.operations.sessions(asked.principal)
    .find(({ host, id }) => host === about.host && id === about.session);
}

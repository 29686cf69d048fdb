import { ProtocolError, type Session } from "@chatcode/protocol";
import { rows } from "../../../kv/keys.ts";
import { bold, join, plain } from "../../format/mod.ts";
import { count, short, stateInWords, statusSign } from "../../words.ts";
import type { Asked } from "../asked.ts";
import type { BotParts } from "../bot_parts.ts";
import { callbackData } from "../callback_data.ts";
import type { Said } from "../replies.ts";
import { sessionByRef, sessionRef } from "../session_ref.ts";
import type { Command, Presses } from "./command.ts";
import { sessionCard } from "./session_card.ts";

const PAGE = 8;

export const sessions: Command = {
  name: "sessions",
  about: "All sessions and how they are",
  async run(asked, _args, bot) {
    await asked.say(await listing(asked, 0, bot));
  },
};

export const sessionPresses: Presses = {
  prefix: "s",
  async press(asked, [verb, argument = ""], bot) {
    if (verb === "p") {
      await asked.show(await listing(asked, Number(argument) || 0, bot));
      return await asked.answer();
    }
    const session = await sessionByRef(bot.operations.sessions(asked.principal), argument);
    if (session === undefined) {
      return await asked.answer("That session is no longer there.", { alert: true });
    }
    switch (verb) {
      case "o":
        await asked.show(await sessionCard(asked, session, bot, { list: true }));
        return await asked.answer();
      case "x":
        return await interrupt(asked, session, bot);
      case "t":
        return await talk(asked, session, bot);
      case "e":
        await asked.show(await endQuestion(session));
        return await asked.answer();
      case "E":
        return await end(asked, session, bot);
    }
  },
};

/** Those most recently active first. */
export function sessionsOf(asked: Asked, { operations }: BotParts): Session[] {
  return operations.sessions(asked.principal).toSorted((a, b) => b.activeAtMs - a.activeAtMs);
}

async function listing(asked: Asked, page: number, bot: BotParts): Promise<Said> {
  const all = sessionsOf(asked, bot);
  if (all.length === 0) return { rich: plain("There are no sessions. /new starts one.") };
  const from = Math.max(0, Math.min(page, Math.ceil(all.length / PAGE) - 1)) * PAGE;
  const shown = all.slice(from, from + PAGE);
  const hosts = new Map(bot.operations.hosts(asked.principal).map(({ id, name }) => [id, name]));
  const nowMs = bot.clock.now();
  const lines = shown.map((session) =>
    join(
      `\n\n${statusSign(session)} `,
      bold(session.title),
      ` on ${hosts.get(session.host) ?? "?"}\n${stateInWords(session, nowMs)}`,
    )
  );
  const buttons = await Promise.all(shown.map(async (session) => [{
    text: `${statusSign(session)} ${short(session.title, 40)}`,
    data: callbackData("s", "o", await sessionRef({ host: session.host, session: session.id })),
  }]));
  const turns = [
    ...from > 0 ? [{ text: "«", data: callbackData("s", "p", from / PAGE - 1) }] : [],
    ...from + PAGE < all.length
      ? [{ text: "»", data: callbackData("s", "p", from / PAGE + 1) }]
      : [],
  ];
  return {
    rich: join(count(all.length, "session"), ...lines),
    buttons: turns.length > 0 ? [...buttons, turns] : buttons,
  };
}

export async function interrupt(asked: Asked, session: Session, bot: BotParts): Promise<void> {
  const { host, id } = session;
  const idempotencyKey = asked.idempotencyKey("stop");
  await bot.operations.call(asked.principal, "prompts.interrupt", { host, session: id }, {
    idempotencyKey,
    signal: asked.signal,
  });
  if (asked.incoming.kind === "press") await asked.answer("Stopped.");
  else await asked.reply({ rich: join("Stopped ", bold(session.title), ".") });
}

/** What is written in the chat itself goes to the session from now on; or its topic is shown. */
async function talk(asked: Asked, session: Session, bot: BotParts): Promise<void> {
  const about = { host: session.host, session: session.id };
  const chat = await bot.chats.chat(asked.link.home);
  if (chat?.topics) {
    const said = { rich: join("What you write here goes to ", bold(session.title), ".") };
    await bot.tellSession(chat.id, about, said, asked.idempotencyKey("topic"));
    return await asked.answer("It has a topic of its own: write there.");
  }
  await bot.store.set(rows.telegramTalk(asked.place.chat), about);
  await asked.say({ rich: join("What you write here now goes to ", bold(session.title), ".") });
  await asked.answer();
}

async function endQuestion(session: Session): Promise<Said> {
  const ref = await sessionRef({ host: session.host, session: session.id });
  return {
    rich: join("End ", bold(session.title), "? What runs in it is killed."),
    buttons: [[
      { text: "End it", data: callbackData("s", "E", ref) },
      { text: "Keep it", data: callbackData("s", "o", ref) },
    ]],
  };
}

async function end(asked: Asked, session: Session, bot: BotParts): Promise<void> {
  const { host, id } = session;
  try {
    await bot.operations.call(asked.principal, "sessions.end", { host, session: id }, {
      idempotencyKey: asked.idempotencyKey("end"),
      signal: asked.signal,
    });
  } catch (error) {
    const gone = error instanceof ProtocolError && error.code === "SESSION_NOT_FOUND";
    if (!gone) throw error;
  }
  await asked.show({ rich: join(bold(session.title), " has ended.") });
  await asked.answer("Ended.");
}

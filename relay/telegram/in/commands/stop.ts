import { plain } from "../../format/mod.ts";
import { short } from "../../words.ts";
import { callbackData } from "../callback_data.ts";
import { sessionRef } from "../session_ref.ts";
import { sessionMeant } from "../session_meant.ts";
import type { Command } from "./command.ts";
import { interrupt, sessionsOf } from "./sessions.ts";

/** Buttons of one question. */
const MAX_CHOICES = 10;

export const stop: Command = {
  name: "stop",
  about: "Stop what the agent does now",
  async run(asked, _args, bot) {
    const meant = await sessionMeant(asked, bot);
    if (meant !== undefined) return await interrupt(asked, meant, bot);
    const busy = sessionsOf(asked, bot)
      .filter(({ status }) => status === "working" || status === "waiting");
    if (busy.length === 0) return await asked.reply("Nothing is being worked on.");
    const buttons = await Promise.all(
      busy.slice(0, MAX_CHOICES).map(async (session) => [{
        text: short(session.title, 40),
        data: callbackData("s", "x", await sessionRef({ host: session.host, session: session.id })),
      }]),
    );
    await asked.reply({ rich: plain("Stop which one?"), buttons });
  },
};

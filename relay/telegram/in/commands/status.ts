import type { SessionStatus } from "@chatcode/protocol";
import { bold, join, plain } from "../../format/mod.ts";
import { count, statusSign } from "../../words.ts";
import { aboutMeant, sessionMeant } from "../session_meant.ts";
import { callbackData } from "../callback_data.ts";
import type { Command } from "./command.ts";
import { pageButton, sessionCard } from "./session_card.ts";
import { sessionsOf } from "./sessions.ts";

const SHOWN = ["waiting", "working", "starting", "idle", "lost"] as const satisfies SessionStatus[];
const WORDS: Readonly<Record<typeof SHOWN[number], string>> = {
  waiting: "waiting for you",
  working: "working",
  starting: "starting",
  idle: "idle",
  lost: "on machines that are offline",
};

export const status: Command = {
  name: "status",
  about: "How this session is; outside of topics, how all are",
  async run(asked, _args, bot) {
    const session = await sessionMeant(asked, bot);
    if (session !== undefined) return await asked.say(await sessionCard(asked, session, bot));
    if (asked.topic !== null && await aboutMeant(asked, bot) !== null) {
      return await asked.say("This session is over. /new starts another.");
    }
    const hosts = bot.operations.hosts(asked.principal);
    const all = sessionsOf(asked, bot);
    const online = hosts.filter((host) => host.online).length;
    const lines = SHOWN.flatMap((status) => {
      const number = all.filter((session) => session.status === status).length;
      return number === 0 ? [] : [plain(`\n${statusSign({ status })} ${number} ${WORDS[status]}`)];
    });
    await asked.say({
      rich: join(
        bold(`${online} of ${count(hosts.length, "machine")} online`),
        `, ${count(all.length, "session")}`,
        ...lines,
      ),
      buttons: [
        [
          ...all.length > 0 ? [{ text: "Sessions", data: callbackData("s", "p", 0) }] : [],
          ...pageButton(bot, "Open in the browser", "/sessions"),
        ],
      ].filter((row) => row.length > 0),
    });
  },
};

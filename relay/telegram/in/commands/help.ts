import { bold, join, plain } from "../../format/mod.ts";
import type { Command } from "./command.ts";

const WITH_TOPICS =
  "Each session has a topic: what you write there goes to its agent, what the agent says comes back. ";
const WITHOUT_TOPICS =
  "Choose a session by /sessions: what you write then goes to its agent, what the agents say comes here. ";
const FILES = "Photos, files and voice messages go along too.";

const CLOSING =
  "👀 means that the machine has a message, 👍 that the agent has it, 👌 that the agent is busy and " +
  "takes it next. A command of the agent's own, such as /compact, goes to it in its topic; if we " +
  "have one of the same name, write //status for the agent's.";

/** Names all of `commands`, of which it is one. */
export function helpOf(commands: () => readonly Command[]): Command {
  return {
    name: "help",
    about: "What this bot can do",
    async run(asked, _args, { hasTopics }) {
      const introduction = (hasTopics() ? WITH_TOPICS : WITHOUT_TOPICS) + FILES;
      const lines = commands().flatMap(({ name, about }) => ["\n", bold(`/${name}`), ` ${about}`]);
      await asked.say({ rich: join(plain(introduction), "\n", ...lines, "\n\n", CLOSING) });
    },
  };
}

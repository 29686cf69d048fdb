import { bold, join, plain } from "../../format/mod.ts";
import { ago, count, machineInWords } from "../../words.ts";
import type { Command } from "./command.ts";

export const machines: Command = {
  name: "machines",
  about: "Your machines",
  async run(asked, _args, bot) {
    const hosts = bot.operations.hosts(asked.principal);
    if (hosts.length === 0) {
      return await asked.say("There are no machines yet. Add one in the browser, under Machines.");
    }
    const sessions = bot.operations.sessions(asked.principal);
    const lines = hosts.map((host) => {
      const own = count(sessions.filter((session) => session.host === host.id).length, "session");
      const seen = host.seenAtMs === undefined
        ? "never seen"
        : `last seen ${ago(host.seenAtMs, bot.clock.now())}`;
      const words = host.online ? [own, machineInWords(host)] : ["offline", seen];
      const facts = words.filter((word) => word !== "").join(", ");
      return join(host.online ? "🟢 " : "🔌 ", bold(host.name), `\n${facts}`);
    });
    const parts = lines.flatMap((line, at) => at === 0 ? [line] : [plain("\n\n"), line]);
    await asked.say({ rich: join(...parts) });
  },
};

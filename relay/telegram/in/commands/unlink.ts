import { plain } from "../../format/mod.ts";
import { actorOf } from "../../../auth/principal.ts";
import { callbackData } from "../callback_data.ts";
import type { Command, Presses } from "./command.ts";

export const unlink: Command = {
  name: "unlink",
  about: "Take this Telegram account off your Chatcode account",
  async run(asked) {
    await asked.say({
      rich: plain("Unlink? The bot then tells you nothing and takes nothing. Sessions run on."),
      buttons: [[
        { text: "Unlink", data: callbackData("x", "yes") },
        { text: "Keep it", data: callbackData("x", "no") },
      ]],
    });
  },
};

export const unlinkPresses: Presses = {
  prefix: "x",
  async press(asked, [answer], { auth, chats }) {
    if (answer !== "yes") {
      await asked.show("It stays linked.");
      return await asked.answer();
    }
    const { principal, link } = asked;
    await asked.show("Unlinked. To link again, open Settings → Telegram in your browser.");
    await chats.unlink(principal.account, (commit) => {
      const target = String(link.user);
      auth.audit.add(commit, actorOf(principal), { what: "telegram.unlink", target });
    });
    await asked.answer("Unlinked.");
  },
};

import { actorOf } from "../../../auth/principal.ts";
import { plain } from "../../format/mod.ts";
import type { Asked } from "../asked.ts";
import type { BotParts } from "../bot_parts.ts";
import { callbackData } from "../callback_data.ts";
import type { Command, Presses } from "./command.ts";

export const group: Command = {
  name: "group",
  about: "In a forum group: put the topics of your sessions there; /group off takes them back",
  async run(asked, args, bot) {
    if (!asked.inGroup) {
      return await asked.say(
        "Add this bot to a group with topics, as an administrator who may manage topics, and write " +
          "/group there.",
      );
    }
    if (args === "off") return await leave(asked, bot);
    if (!asked.incoming.chat.forum) {
      return await asked.reply(
        "This group has no topics. Turn them on in the group's settings, then write /group again.",
      );
    }
    await asked.reply({
      rich: plain(
        "Put the topics of your sessions into this group? Everybody in it can then read what your " +
          "agents say. Only people who are linked with their own account can write to them.",
      ),
      buttons: [[
        { text: "Use this group", data: callbackData("r", "yes") },
        { text: "No", data: callbackData("r", "no") },
      ]],
    });
  },
};

export const groupPresses: Presses = {
  prefix: "r",
  async press(asked, [answer], bot) {
    if (answer !== "yes") {
      await asked.show("It stays as it was.");
      return await asked.answer();
    }
    const problem = await use(asked, bot);
    if (problem !== undefined) return await asked.answer(problem, { alert: true });
    await asked.show(
      "From now on your sessions have their topics here. /group off takes them back.",
    );
    await asked.answer();
  },
};

/** @returns what stands in the way */
async function use(asked: Asked, { chats, auth, bot }: BotParts): Promise<string | undefined> {
  const { principal, incoming: { chat } } = asked;
  const me = await bot.api.getChatMember(chat.id, bot.botId);
  const mayTopics = me.status === "administrator" && me.can_manage_topics === true;
  if (!mayTopics) return "First make the bot an administrator who may manage topics.";
  const { account } = principal;
  const entry = { what: "telegram.group", target: String(chat.id) } as const;
  const added = await chats.addGroup(
    { id: chat.id, account, title: chat.title.slice(0, 200), topics: true },
    (commit) => auth.audit.add(commit, actorOf(principal), entry),
  );
  if (!added) return "This group belongs to another account, or you have too many groups.";
  await chats.setHome(account, chat.id);
}

async function leave(asked: Asked, { chats, auth }: BotParts): Promise<void> {
  const { principal, incoming: { chat } } = asked;
  const entry = { what: "telegram.group", target: String(chat.id) } as const;
  const removed = await chats.removeGroup(
    principal.account,
    chat.id,
    (commit) => auth.audit.add(commit, actorOf(principal), entry),
  );
  await asked.reply(
    removed
      ? "Your sessions have their topics in our private chat again. Those here stay as they are."
      : "Your sessions have no topics in this group.",
  );
}

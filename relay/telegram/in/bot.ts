import { ProtocolError } from "@chatcode/protocol";
import type { TelegramLinkRow } from "../../kv/keys.ts";
import { bold, join, plain } from "../format/mod.ts";
import { approvalPresses } from "./approval_presses.ts";
import { type About, Asked, placeOf } from "./asked.ts";
import { attachmentPresses, attachments } from "./attachments.ts";
import type { BotParts } from "./bot_parts.ts";
import { callbackData, parseCallbackData } from "./callback_data.ts";
import { COMMAND_PRESSES, commandIn } from "./commands/mod.ts";
import { titleGiven } from "./commands/new.ts";
import type { WorkOptions } from "./inbox.ts";
import { pair, pairingCode } from "./commands/start.ts";
import { failureInWords } from "./failure_in_words.ts";
import { filePresses } from "./file_presses.ts";
import type { Incoming, IncomingMembership, IncomingMessage, IncomingPress } from "./incoming.ts";
import { edited, prompt, promptPresses, promptText, textOf } from "./prompts.ts";
import { Strangers } from "./strangers.ts";
import { voicePrompt } from "./voice_prompts.ts";
import type { Principal } from "../../auth/principal.ts";

const PRESSES = [
  approvalPresses,
  promptPresses,
  attachmentPresses,
  filePresses,
  ...COMMAND_PRESSES,
];

/** Someone whose account is known, as they are now. */
interface Known {
  readonly principal: Principal;
  readonly link: TelegramLinkRow;
}

/** Does what people ask in Telegram, in their account's name and with its rights. */
export class Bot {
  readonly #parts: BotParts;
  readonly #strangers: Strangers;

  constructor(parts: BotParts) {
    this.#parts = parts;
    this.#strangers = new Strangers(parts.clock);
  }

  /** Whether the update is to be stored and worked on; strangers are heard now and then only. */
  async isHeard(incoming: Incoming): Promise<boolean> {
    if (await this.#parts.chats.linkOf(incoming.from.id) !== null) return true;
    return this.#strangers.isHeard(incoming);
  }

  /**
   * One update, or several messages that are one thing. Done again, it does the same once.
   * @throws whatever is no ProtocolError: it may be tried again
   */
  async work(
    [incoming, ...others]: readonly [Incoming, ...Incoming[]],
    { signal, isAgain }: WorkOptions,
  ): Promise<void> {
    const { chats, replies, bot } = this.#parts;
    if (incoming.kind === "migration") return await chats.migrate(incoming.chat.id, incoming.to);
    if (incoming.kind === "membership") return await this.#membership(incoming);
    const code = incoming.kind === "message" && !incoming.edited
      ? pairingCode(incoming)
      : undefined;
    if (code !== undefined) {
      return await pair(incoming as IncomingMessage, code, this.#parts, replies);
    }
    const known = await this.#known(incoming);
    if (known === null) {
      const key = `tg-${bot.botId}-${incoming.update}-stranger`;
      return await this.#strangers.answer(incoming, replies, key);
    }
    const topic = await this.#topic(incoming);
    const asked = new Asked({
      ...known,
      incoming,
      topic,
      replies,
      signal,
      isAgain,
      botId: bot.botId,
    });
    try {
      if (incoming.kind === "press") return await this.#press(asked, incoming);
      const more = others.filter((other) => other.kind === "message");
      await this.#message(asked, [incoming, ...more]);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      const words = failureInWords(error, "That was not done");
      if (incoming.kind === "press") await asked.answer(words.slice(0, 200), { alert: true });
      else await asked.reply(words);
    }
  }

  /** What `work()` could not do, however often it was tried: whoever asked is not left waiting. */
  async giveUp(incoming: Incoming): Promise<void> {
    const { replies, bot } = this.#parts;
    const words = "That did not work here. The relay's log says why.";
    if (incoming.kind === "press") return await replies.answer(incoming.id, words, { alert: true });
    if (incoming.kind !== "message" || await this.#known(incoming) === null) return;
    const key = `tg-${bot.botId}-${incoming.update}-failed`;
    await replies.say(placeOf(incoming), { rich: plain(words), to: incoming.message }, key);
  }

  /** Proved anew by each update: the link may be gone, or the account, or its rights less. */
  async #known({ from }: Incoming): Promise<Known | null> {
    const { auth, chats } = this.#parts;
    const link = await chats.linkOf(from.id);
    if (link === null) return null;
    const via = { kind: "telegram", id: String(from.id) } as const;
    const principal = await auth.principalOf(link.account, via);
    if (principal !== null) return { principal, link };
    await chats.unlink(link.account, (commit) => {
      const target = String(from.id);
      auth.audit.add(commit, { who: link.account }, { what: "telegram.unlink", target });
    });
    return null;
  }

  /** The session of the topic. One whose making got no answer is known by its name. */
  async #topic(incoming: IncomingMessage | IncomingPress): Promise<About | null> {
    const { chats, adoptTopic } = this.#parts;
    const { chat, thread } = incoming;
    if (thread === null) return null;
    const known = await chats.sessionIn(chat.id, thread);
    if (known !== null || incoming.kind === "press" || incoming.topicName === null) return known;
    return await adoptTopic(chat.id, thread, incoming.topicName);
  }

  async #message(
    asked: Asked,
    messages: readonly [IncomingMessage, ...IncomingMessage[]],
  ): Promise<void> {
    const [first] = messages;
    const bot = this.#parts;
    if (first.edited) return await edited(asked, first, bot);
    const found = first.file === null ? commandIn(first.text, bot.username()) : undefined;
    if (found !== undefined) return await found.command.run(asked, found.args, bot);
    if (first.other !== null) {
      if (asked.inGroup && asked.topic === null) return;
      return await asked.reply(`A ${first.other} cannot be sent to an agent.`);
    }
    if (first.file?.kind === "voice") return await voicePrompt(asked, first, first.file, bot);
    if (messages.some(({ file }) => file !== null)) return await attachments(asked, messages, bot);
    const text = textOf(messages);
    if (await titleGiven(asked, text, bot)) return;
    await prompt(asked, { text: promptText(text), message: first.message }, bot);
  }

  async #press(asked: Asked, { data }: IncomingPress): Promise<void> {
    const [prefix, ...args] = parseCallbackData(data);
    const presses = PRESSES.find((presses) => presses.prefix === prefix);
    if (presses === undefined) return await asked.answer("That button is too old.");
    await presses.press(asked, args, this.#parts);
  }

  /** Blocked and taken back, thrown out of a group and let in. */
  async #membership({ chat, from, present, update }: IncomingMembership): Promise<void> {
    const { chats, replies, bot } = this.#parts;
    if (chat.type === "channel") return;
    const known = await chats.chat(chat.id);
    if (known !== null) {
      if (present) return await chats.resume(chat.id);
      return await chats.suspend(chat.id, "the bot was blocked or thrown out");
    }
    const link = await chats.linkOf(from.id);
    if (!present || chat.type === "private" || link === null) return;
    await replies.say({ chat: chat.id, thread: null }, {
      rich: chat.forum
        ? join("Shall the topics of your sessions be in ", bold(chat.title), "? ", ASK_GROUP)
        : plain("This group has no topics. Turn them on in its settings, then write /group."),
      buttons: chat.forum ? GROUP_BUTTONS : [],
    }, `tg-${bot.botId}-${update}-group`);
  }
}

const ASK_GROUP =
  "Everybody in it can then read what your agents say. First make the bot an administrator who may " +
  "manage topics.";
const GROUP_BUTTONS = [[
  { text: "Use this group", data: callbackData("r", "yes") },
  { text: "No", data: callbackData("r", "no") },
]];

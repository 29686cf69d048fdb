import { type MethodResult, ProtocolError, type Session } from "@chatcode/protocol";
import { hashSecret } from "../../auth/secret.ts";
import { rows } from "../../kv/keys.ts";
import type { Commit } from "../../kv/store.ts";
import { bold, join, plain } from "../format/mod.ts";
import { short } from "../words.ts";
import type { About, Asked } from "./asked.ts";
import type { BotParts } from "./bot_parts.ts";
import { callbackData } from "./callback_data.ts";
import { sessionsOf } from "./commands/sessions.ts";
import type { Presses } from "./commands/command.ts";
import { newDialogueId } from "./dialogues.ts";
import type { IncomingMessage } from "./incoming.ts";
import { failureInWords } from "./failure_in_words.ts";
import { aboutMeant } from "./session_meant.ts";
import { sessionByRef, sessionRef } from "./session_ref.ts";

/** How long it is known that a message was a prompt, in milliseconds: Telegram allows changes for 48 h. */
export const SENT_KEPT_MS = 48 * 3600_000;

/** UTF-16 units of a prompt that waits for a choice: KV holds 64 KiB in one value. */
const MAX_WAITING_UNITS = 16 * 1024;

/** Sessions among which one may choose for a prompt. */
const MAX_CHOICES = 8;

export interface Prompt {
  readonly text: string;
  /** Paths in the workspace. */
  readonly files?: readonly string[];
  /** What shows how it goes: the message that it came in, which may be another than the asking one. */
  readonly message: number;
}

/** The text of one or several messages that are one thing: an album's captions, or one text's pieces. */
export function textOf(messages: readonly IncomingMessage[]): string {
  const texts = messages.map(({ text }) => text.trim()).filter((text) => text !== "");
  return texts.join(messages[0]?.album === null ? "\n" : "\n\n");
}

/**
 * What is meant for the agent as the agent is to read it: `/status@our_bot` is not for it, and
 * `//status` is its own command of a name that we have too.
 */
export function promptText(text: string): string {
  return text.replace(/^\/\//, "/").replace(/^(\/[a-z_0-9]+)@\w+/i, "$1");
}

/** Hands the prompt to the session that is meant, or asks which one. */
export async function prompt(asked: Asked, prompt: Prompt, bot: BotParts): Promise<void> {
  const about = await aboutMeant(asked, bot);
  if (about !== null) return await sendTo(asked, about, prompt, bot);
  if (asked.inGroup) return; // people may talk among themselves
  if (asked.place.thread !== null) {
    return await asked.reply("No session belongs to this topic. /sessions lists them.");
  }
  await askWhich(asked, prompt, bot);
}

/** Files that were sent without a word go along. */
async function sendTo(
  asked: Asked,
  about: About,
  { text, files = [], message }: Prompt,
  bot: BotParts,
): Promise<void> {
  const { chat, thread } = asked.place;
  const { replies, store } = bot;
  const key = asked.idempotencyKey("prompt");
  const sentRow = rows.telegramSent(chat, message);
  const sent = await store.get(sentRow);
  // The relay stopped after it was sent. With its files gone along it would look like another prompt.
  if (sent?.key === key) return await replies.react(asked.place, message, "👍");
  const attachedRow = rows.telegramAttached(chat, thread);
  const { value: attached, versionstamp } = await store.getEntry(attachedRow);
  const all = [...attached?.paths ?? [], ...files].slice(0, MAX_PROMPT_FILES);
  let result: MethodResult<"prompts.send">;
  let mayHaveIt = asked.isAgain;
  try {
    result = await bot.operations.call(asked.principal, "prompts.send", {
      ...about,
      text,
      ...all.length > 0 && { files: all },
    }, {
      idempotencyKey: key,
      signal: asked.signal,
      onAsked: () => mayHaveIt = true,
      onAccepted: () => void replies.react(asked.place, message, "👀"),
    });
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    await replies.react(asked.place, message, null);
    const told = toldOf(error, mayHaveIt);
    const isOpen = told.code === "TIMEOUT" || told.code === "AGENT_TIMEOUT";
    const what = isOpen ? "It may not have been delivered" : "It was not delivered";
    return await asked.reply(failureInWords(told, what));
  }
  const hash = await hashSecret(text);
  const isSent = (commit: Commit) =>
    commit.set(sentRow, { hash, key }, { expireInMs: SENT_KEPT_MS });
  const together = isSent(store.commit()).check(attachedRow, versionstamp).delete(attachedRow);
  // Files that came meanwhile are for the next prompt.
  if (await together.commit() === null) await isSent(store.commit()).commit();
  await replies.react(asked.place, message, result.outcome === "delivered" ? "👍" : "👌");
  if (result.changes.length > 0) {
    await asked.reply(`It was sent, with changes: ${result.changes.join("; ")}.`);
  }
}

/** A machine that was asked and went away before it said what came of it may have it. */
function toldOf(error: ProtocolError, mayHaveIt: boolean): ProtocolError {
  if (!mayHaveIt || error.code !== "HOST_OFFLINE") return error;
  return new ProtocolError("TIMEOUT", error.message, { cause: error });
}

/** What a prompt may refer to. */
export const MAX_PROMPT_FILES = 20;

async function askWhich(asked: Asked, { text, message }: Prompt, bot: BotParts): Promise<void> {
  const choices = sessionsOf(asked, bot).filter(({ agent }) => agent !== undefined);
  if (choices.length === 0) {
    return await asked.reply("No agent is running that could take it. /new starts a session.");
  }
  if (text.length > MAX_WAITING_UNITS) {
    return await asked.reply("For which session? Choose it first (/sessions), then send it again.");
  }
  const id = newDialogueId();
  await bot.dialogues.set(asked.place, { kind: "prompt", id, text, message });
  await asked.reply({
    rich: plain("For which session?"),
    buttons: [
      ...await Promise.all(
        choices.slice(0, MAX_CHOICES).map(async (session) => [{
          text: short(session.title, 40),
          data: callbackData("p", id, await refOf(session)),
        }]),
      ),
      [{ text: "For none", data: callbackData("p", id, "no") }],
    ],
  });
}

/** A prompt that was not sent, or not as it is now: which session gets it. */
export const promptPresses: Presses = {
  prefix: "p",
  async press(asked, [id, choice = ""], bot) {
    const waiting = await bot.dialogues.of(asked.place, "prompt", id);
    if (waiting === null) {
      return await asked.answer("That question is over: send the message again.", { alert: true });
    }
    if (choice === "no") {
      await bot.dialogues.end(asked.place);
      await asked.show("It was not sent.");
      return await asked.answer();
    }
    const session = await sessionByRef(bot.operations.sessions(asked.principal), choice);
    if (session === undefined) {
      return await asked.answer("That session is no longer there.", { alert: true });
    }
    await asked.answer();
    const about = { host: session.host, session: session.id };
    const chat = await bot.chats.chat(asked.place.chat);
    if (chat?.kind === "private" && !chat.topics) {
      await bot.store.set(rows.telegramTalk(chat.id), about);
    }
    await asked.show({ rich: join("For ", bold(session.title), ".") });
    await sendTo(asked, about, waiting, bot);
    await bot.dialogues.end(asked.place);
  },
};

/**
 * A message was changed after its turn. The agent has what it said before; a change of nothing that
 * counts, which Telegram reports too, is passed over.
 */
export async function edited(asked: Asked, message: IncomingMessage, bot: BotParts): Promise<void> {
  const sent = await bot.store.get(rows.telegramSent(asked.place.chat, message.message));
  const text = promptText(message.text.trim());
  if (
    sent === null || text === "" || text.length > MAX_WAITING_UNITS ||
    sent.hash === await hashSecret(text)
  ) return;
  const about = await aboutMeant(asked, bot);
  if (about === null) return;
  const id = newDialogueId();
  await bot.dialogues.set(asked.place, { kind: "prompt", id, text, message: message.message });
  const ref = await sessionRef(about);
  await asked.reply({
    rich: plain("The agent has it as it was: a change is not sent."),
    buttons: [[
      { text: "Send it as it is now", data: callbackData("p", id, ref) },
      { text: "Leave it", data: callbackData("p", id, "no") },
    ]],
  });
}

async function refOf({ host, id }: Session): Promise<string> {
  return await sessionRef({ host, session: id });
}

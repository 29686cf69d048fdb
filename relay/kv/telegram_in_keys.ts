import { agentId, hostId, sessionId, unixMs } from "@chatcode/protocol";
import { z } from "zod";
import { incoming } from "../telegram/in/incoming.ts";
import { accountId, prefix, row } from "./row.ts";

/** Keys and values of what comes in from Telegram. A bot's id stands first: another may follow it. */

const update = z.object({
  incoming,
  /** How often its work was begun, but for relays that were stopped. */
  tries: z.int().min(0),
  /** By those too. */
  isBegun: z.boolean().optional(),
});
export type TelegramUpdateRow = z.infer<typeof update>;

const pairing = z.object({ account: accountId, expiresAtMs: unixMs });

/** A path of the workspace, or a name of a folder in it. */
const path = z.string().max(4096);

/** What a person is asked step by step, and where they are in it. */
const dialogue = z.discriminatedUnion("kind", [
  z.object({
    kind: z.literal("new"),
    id: z.string().max(16),
    host: hostId.nullable(),
    cwd: path,
    /** What the numbers on the buttons stand for. */
    choices: z.array(path).max(100),
    agent: agentId.nullable(),
    step: z.enum(["machine", "folder", "agent", "title"]),
    page: z.int().min(0),
  }),
  /** A prompt that waits to be told for which session it is. */
  z.object({
    kind: z.literal("prompt"),
    id: z.string().max(16),
    text: z.string().max(16_384),
    message: z.int(),
  }),
]);
export type TelegramDialogueRow = z.infer<typeof dialogue>;

/** The session that a chat without topics talks to. */
const talk = z.object({ host: hostId, session: sessionId });

/** Files that were sent without a word: they go along with the next prompt. */
const attached = z.object({ paths: z.array(path).max(20), atMs: unixMs });

/** A message that was sent as a prompt, without its words. */
const sent = z.object({
  hash: z.string().length(43),
  /** Under which the machine was asked. */
  key: z.string().max(64).optional(),
});

const place = (chat: number, thread: number | null) => [String(chat), String(thread ?? 0)] as const;

/** Listings go by text: zeros in front keep the order of numbers. */
const ordered = (update: number) => String(update).padStart(12, "0");

export const telegramInRows = {
  /** That an update came, for longer than Telegram sends it again. */
  telegramClaim: (bot: number, update: number) =>
    row(z.object({ atMs: unixMs }), "telegram_claim", String(bot), ordered(update)),
  /** Until its work is done. */
  telegramUpdate: (bot: number, number: number) =>
    row(update, "telegram_update", String(bot), ordered(number)),
  /** A one-time code that links a Telegram user, by its hash. */
  telegramPairing: (hash: string) => row(pairing, "telegram_pairing", hash),
  telegramDialogue: (chat: number, thread: number | null) =>
    row(dialogue, "telegram_dialogue", ...place(chat, thread)),
  telegramSent: (chat: number, message: number) =>
    row(sent, "telegram_sent", String(chat), String(message)),
  /** What the bot has said already, by a name of its own. */
  telegramSaid: (key: string) => row(z.object({}), "telegram_said", key),
  telegramTalk: (chat: number) => row(talk, "telegram_talk", String(chat)),
  telegramAttached: (chat: number, thread: number | null) =>
    row(attached, "telegram_attached", ...place(chat, thread)),
} as const;

export const telegramInPrefixes = {
  telegramUpdates: (bot: number) => prefix(update, "telegram_update", String(bot)),
} as const;

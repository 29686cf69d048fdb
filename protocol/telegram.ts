import * as z from "zod";
import { unixMs } from "./ids.ts";
import { pushSettings } from "./push.ts";

const told = z.enum(["notify", "silent", "off"]);

/** What an account wants to be told in Telegram, and how. */
export const telegramSettings = z.object({
  /** Messages that come with a sound, without one, or not at all. */
  kinds: z.object({ done: told, waiting: told, failed: told, offline: told }),
  /** In these hours nothing makes a sound. */
  quiet: pushSettings.shape.quiet,
  /** No sound while one looks at the session in a browser. */
  onlyWhenAway: z.boolean(),
  /** How much of the work is shown while it goes on. */
  progress: z.enum(["off", "brief", "full"]),
});
export type TelegramSettings = z.infer<typeof telegramSettings>;

/** One thing about the bot that was looked at. */
export const telegramCheck = z.object({
  name: z.string(),
  state: z.enum(["ok", "warn", "bad"]),
  text: z.string(),
  /** What to do about it. */
  mend: z.string().optional(),
});
export type TelegramCheck = z.infer<typeof telegramCheck>;

/** How an account stands with the relay's Telegram bot. */
export const telegramState = z.object({
  /** The bot's user name; `null`: Telegram has not told it yet. */
  username: z.string().nullable(),
  /** The Telegram user who is linked. */
  linked: z.object({
    name: z.string(),
    linkedAtMs: unixMs,
    /** The group where the sessions' topics are; `null`: the private chat with the bot. */
    group: z.string().nullable(),
    /** Why Telegram takes no messages for it. */
    suspended: z.string().nullable(),
  }).nullable(),
  settings: telegramSettings,
});
export type TelegramState = z.infer<typeof telegramState>;

import * as z from "zod";
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

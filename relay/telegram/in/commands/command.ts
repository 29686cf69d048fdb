import type { Asked } from "../asked.ts";
import type { BotParts } from "../bot_parts.ts";

/** One of the bot's commands, for people who are linked. */
export interface Command {
  /** Without the slash. */
  readonly name: string;
  /** For Telegram's menu and `/help`: 1 to 256 characters. */
  readonly about: string;
  /**
   * Does it. It may be called again with the same after a restart.
   * @param args what stands behind the command, trimmed
   * @throws ProtocolError for the person to read
   */
  run(asked: Asked, args: string, bot: BotParts): Promise<void>;
}

/** What buttons do whose data begin with `prefix`. */
export interface Presses {
  readonly prefix: string;
  /** @throws ProtocolError for the person to read */
  press(asked: Asked, args: readonly string[], bot: BotParts): Promise<void>;
}

import type { Command, Presses } from "./command.ts";
import { group, groupPresses } from "./group.ts";
import { helpOf } from "./help.ts";
import { machines } from "./machines.ts";
import { newPresses, newSession } from "./new.ts";
import { sessionPresses, sessions } from "./sessions.ts";
import { settings, settingsPresses, verbose } from "./settings.ts";
import { start } from "./start.ts";
import { status } from "./status.ts";
import { stop } from "./stop.ts";
import { unlink, unlinkPresses } from "./unlink.ts";
import { usage, usagePresses } from "./usage.ts";

/** What Telegram shows in its menu, in this order. */
export const COMMANDS: readonly Command[] = [
  newSession,
  sessions,
  machines,
  stop,
  status,
  usage,
  verbose,
  settings,
  group,
  unlink,
  helpOf(() => COMMANDS),
];

/** Known, and not worth a place in the menu. */
const HIDDEN: readonly Command[] = [start];

export const COMMAND_PRESSES: readonly Presses[] = [
  newPresses,
  sessionPresses,
  usagePresses,
  settingsPresses,
  groupPresses,
  unlinkPresses,
];

/**
 * The command that `text` begins with, and what stands behind it; undefined: it is no command of
 * ours, or one that is meant for another bot.
 */
export function commandIn(
  text: string,
  username: string | undefined,
): { command: Command; args: string } | undefined {
  const [, name, bot, args = ""] = /^\/([a-z_]+)(?:@(\w+))?(?:\s+([\s\S]*))?$/i.exec(text) ?? [];
  if (bot !== undefined && bot.toLowerCase() !== username?.toLowerCase()) return undefined;
  const command = [...COMMANDS, ...HIDDEN].find((command) => command.name === name?.toLowerCase());
  return command && { command, args: args.trim() };
}

import type { CommandLine } from "../command_line.ts";
import type { ExitName } from "../exit_status.ts";

/** One command of the command line. It prints, and says how the process ends. */
export type Command = (
  line: CommandLine,
  env: Readonly<Record<string, string>>,
) => Promise<ExitName>;

import { parseArgs } from "@std/cli/parse-args";
import { ExitError } from "./exit_status.ts";

/** Everything a command was told, frozen. Only this file and config.ts read environment and flags. */
export interface CommandLine {
  readonly command: string;
  /** What stands behind the command without a flag. */
  readonly words: readonly string[];
  readonly flags: Flags;
}

export interface Flags {
  readonly [name: string]: string | boolean | undefined;
}

const STRING_FLAGS = [
  "gateway-id",
  "cp-url",
  "env-file",
  "token-file",
  "workspace",
  "tmux-socket",
  "tmux-server",
  "state-dir",
  "release-url",
  "release-key",
  "binary",
  "params",
  "key",
];
const BOOLEAN_FLAGS = ["force", "verbose", "json", "check", "when-idle", "help", "version"];

const FROM_STDIN = ["--token-file", "--env-file"];

/** @throws ExitError usage on a flag that does not exist or lacks its value */
export function parseCommandLine(args: readonly string[]): CommandLine {
  // parseArgs() takes a lone dash for a word of its own, not for the flag's value.
  const stdin = args.findIndex((arg, at) => FROM_STDIN.includes(arg) && args[at + 1] === "-");
  const joined = stdin === -1 ? args : args.toSpliced(stdin, 2, `${args[stdin]}=-`);
  // `--version` alone asks for ours; to update, it names the wanted one.
  const names = { string: STRING_FLAGS, boolean: BOOLEAN_FLAGS };
  if (args[0] === "update") {
    names.string = [...STRING_FLAGS, "version"];
    names.boolean = BOOLEAN_FLAGS.filter((name) => name !== "version");
  }
  const parsed = parseArgs(joined, {
    ...names,
    alias: { help: ["h"] },
    unknown: (arg) => {
      if (!arg.startsWith("-")) return true;
      const hint = arg.startsWith("--token=") || arg === "--token"
        ? ": the token comes by --token-file, --env-file or CHATCODE_GATEWAY_AUTH_TOKEN"
        : "";
      throw new ExitError("usage", `Unknown flag ${arg.split("=")[0]}${hint}`);
    },
  });
  const [command = "", ...words] = parsed._.map(String);
  const flags: Record<string, string | boolean> = {};
  for (const name of names.string) {
    const value = parsed[name];
    if (value === undefined) continue;
    if (value === "") throw new ExitError("usage", `Flag --${name} needs a value`);
    flags[name] = String(value);
  }
  for (const name of names.boolean) flags[name] = parsed[name] === true;
  return Object.freeze({ command, words: Object.freeze(words), flags: Object.freeze(flags) });
}

/** Our settings, and what systemd gives a service for itself: no business of what we start. */
export function isOwnVariable(name: string): boolean {
  return /^(CHATCODE_|NOTIFY_SOCKET$|WATCHDOG_)/.test(name);
}

/** The process's environment; ours is taken out of it, so that nothing spawned inherits it. */
export function takeEnvironment(): Record<string, string> {
  const env = Deno.env.toObject();
  for (const name of Object.keys(env)) {
    if (isOwnVariable(name)) Deno.env.delete(name);
  }
  return env;
}

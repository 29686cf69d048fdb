import { parseArgs } from "@std/cli/parse-args";

export const DEFAULT_PORT = 8420;

export const USAGE =
  `Usage: deno task start [--port N] [--data DIR] [--no-open] [--json] [--verbose]
                       [--telegram-token-file F]

Starts a relay and a gateway on this machine and prints a link that signs you in.

  --port N     port on 127.0.0.1; default ${DEFAULT_PORT}, 0 for any free one
  --data DIR   where accounts, keys and logs are kept; default .data in the project's folder
  --telegram-token-file F
               file that holds the token of your Telegram bot, see docs/telegram.md
  --no-open    do not open the browser
  --json       print one JSON object instead of the link; does not open the browser
  --verbose    show both logs, too`;

export interface StartOptions {
  readonly port: number;
  /** Absolute. */
  readonly dataDir: string;
  /** Whether `dataDir` is the project's own `.data`. */
  readonly ownData: boolean;
  /** Absolute; undefined: no bot, unless the environment names one. */
  readonly telegramTokenFile?: string | undefined;
  readonly open: boolean;
  readonly json: boolean;
  readonly verbose: boolean;
}

/**
 * @returns undefined if help was asked for
 * @throws {RangeError} saying which option is wrong
 */
export function parseStartOptions(
  args: readonly string[],
  { root, cwd }: { root: string; cwd: string },
): StartOptions | undefined {
  const parsed = parseArgs(args, {
    boolean: ["open", "json", "verbose", "help"],
    string: ["port", "data", "telegram-token-file"],
    negatable: ["open"],
    default: { open: true, port: String(DEFAULT_PORT) },
    unknown: (arg) => {
      throw new RangeError(`"${arg}" is no option`);
    },
  });
  if (parsed.help) return undefined;
  const port = String(parsed.port);
  if (!/^\d{1,5}$/.test(port) || Number(port) > 65535) {
    throw new RangeError(`--port wants a number from 0 to 65535, not "${port}"`);
  }
  if (parsed.data === "") throw new RangeError("--data wants a folder");
  const tokenFile = parsed["telegram-token-file"];
  if (tokenFile === "") throw new RangeError("--telegram-token-file wants a file");
  const absolute = (path: string) => path.startsWith("/") ? path : `${cwd}/${path}`;
  const dataDir = absolute(parsed.data === undefined ? `${root}/.data` : String(parsed.data));
  return {
    port: Number(port),
    dataDir: dataDir.replace(/(?<=.)\/+$/, ""),
    ownData: parsed.data === undefined,
    telegramTokenFile: tokenFile === undefined ? undefined : absolute(String(tokenFile)),
    open: parsed.open === true && parsed.json !== true,
    json: parsed.json === true,
    verbose: parsed.verbose === true,
  };
}

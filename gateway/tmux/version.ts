import { TmuxError } from "./error.ts";

/** 3.2 brought `attach -f` (ignore-size, read-only) and `set-environment -h`. */
export const MIN_TMUX = { major: 3, minor: 2 } as const;

export interface TmuxVersion {
  major: number;
  minor: number;
  /** As tmux says it, like `3.3a`. */
  text: string;
}

const INSTALL = "Install it: on Debian or Ubuntu type `sudo apt-get install tmux`, " +
  "on macOS `brew install tmux`";

/** `undefined` when the text is not what `tmux -V` prints. */
export function parseTmuxVersion(output: string): TmuxVersion | undefined {
  // "tmux 3.3a", "tmux next-3.6", "tmux openbsd-7.4" (which carries no number of its own)
  const match = /^tmux (?:next-)?((\d+)\.(\d+)\S*)/.exec(output.trim());
  if (match === null) return undefined;
  return { major: Number(match[2]), minor: Number(match[3]), text: match[1] as string };
}

export function isRecentEnough(version: TmuxVersion): boolean {
  return version.major > MIN_TMUX.major ||
    (version.major === MIN_TMUX.major && version.minor >= MIN_TMUX.minor);
}

/**
 * Asks a tmux program for its version. `env` needs PATH when `binary` is a bare name.
 * @throws {TmuxError} TMUX_MISSING or TMUX_TOO_OLD, with what to type about it
 */
export async function findTmux(
  env: Readonly<Record<string, string>>,
  binary = "tmux",
): Promise<TmuxVersion> {
  let stdout: Uint8Array;
  try {
    ({ stdout } = await new Deno.Command(binary, { args: ["-V"], env, clearEnv: true }).output());
  } catch (cause) {
    throw new TmuxError("TMUX_MISSING", `Cannot find tmux ("${binary}"). ${INSTALL}`, { cause });
  }
  const text = new TextDecoder().decode(stdout).trim();
  const version = parseTmuxVersion(text);
  const wanted = `${MIN_TMUX.major}.${MIN_TMUX.minor}`;
  if (version === undefined || !isRecentEnough(version)) {
    throw new TmuxError(
      "TMUX_TOO_OLD",
      `Cannot use "${text}": tmux ${wanted} or newer is needed. ${INSTALL}`,
    );
  }
  return version;
}

import type { Env } from "../agents/agent.ts";

/** Start-up files may do anything, also wait, in milliseconds. */
const SHELL_LIMIT_MS = 5_000;
/** These take a script by `-c` and arguments behind it. */
const POSIX = /(^|\/)(sh|bash|dash|zsh|ksh|mksh|ash)$/;

/** Where the user's programs are: as their login shell finds them, then as the gateway does. */
export async function loginPath(env: Env): Promise<string> {
  const own = env["PATH"] ?? "/usr/local/bin:/usr/bin:/bin";
  const shell = env["SHELL"] ?? "/bin/sh";
  if (!POSIX.test(shell)) return own;
  const mark = crypto.randomUUID();
  try {
    const { stdout } = await new Deno.Command(shell, {
      args: ["-lc", `printf '%s%s%s' ${mark} "$PATH" ${mark}`],
      env: known(env),
      clearEnv: true,
      stdin: "null",
      stderr: "null",
      signal: AbortSignal.timeout(SHELL_LIMIT_MS),
    }).output();
    const theirs = new TextDecoder().decode(stdout).split(mark)[1] ?? "";
    return [...new Set([...theirs.split(":"), ...own.split(":")])].filter(Boolean).join(":");
  } catch {
    return own; // no such shell
  }
}

/** The program of that name, if it is there and may be run. */
export function findProgram(name: string, path: string): string | undefined {
  for (const folder of path.split(":")) {
    try {
      const { isFile, mode } = Deno.statSync(`${folder}/${name}`);
      if (isFile && ((mode ?? 0o111) & 0o111) !== 0) return `${folder}/${name}`;
    } catch {
      // Not in this one.
    }
  }
  return undefined;
}

/** What a program is started with. */
export function known(env: Env): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}

const SHELLS = new Set(
  "sh bash dash zsh fish ksh mksh ash csh tcsh nu pwsh xonsh elvish".split(" "),
);

/**
 * Whether a shell waits for the user in a pane: it is the foreground program, and none of its
 * children runs in the foreground with it, as for a script or `sh -c`.
 * @param pid the pane's first process
 */
export function isShellWaiting(foreground: string, pid: number): boolean {
  if (!SHELLS.has(foreground.replace(/^-/, ""))) return false;
  const shell = readStat(pid);
  if (shell === undefined) return true; // no /proc, as on macOS: the name must do
  if (shell.foregroundGroup !== shell.group) return false; // a script, run by the shell
  return !children(pid).some((child) => readStat(child)?.group === shell.foregroundGroup);
}

interface ProcessStat {
  readonly group: number;
  /** The foreground process group of its terminal. */
  readonly foregroundGroup: number;
}

/** https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html */
function readStat(pid: number): ProcessStat | undefined {
  const text = read(`/proc/${pid}/stat`);
  // The name may hold anything, spaces and brackets too: fields count from the last bracket.
  const fields = text?.slice(text.lastIndexOf(")") + 2).split(" ");
  if (fields === undefined) return undefined;
  return { group: Number(fields[2]), foregroundGroup: Number(fields[5]) };
}

function children(pid: number): number[] {
  return (read(`/proc/${pid}/task/${pid}/children`) ?? "").split(" ").filter(Boolean).map(Number);
}

function read(path: string): string | undefined {
  try {
    return Deno.readTextFileSync(path);
  } catch {
    return undefined; // it has ended, or there is no such file on this system
  }
}

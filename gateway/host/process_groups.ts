import process from "node:process";

export interface EndOptions {
  /** The hang-up has just been sent: for so long they may end by themselves, in milliseconds. */
  readonly hangUpMs?: number;
  /** Then SIGTERM, and for so long again before SIGKILL, in milliseconds. */
  readonly termMs?: number;
  /** Both waits become short. */
  readonly signal?: AbortSignal;
}

/** An agent writes its last words meanwhile, in milliseconds. */
export const HANG_UP_GRACE_MS = 2_000;
export const TERM_GRACE_MS = 3_000;
/** Each wait once nobody can wait any more, in milliseconds. */
const HURRY_MS = 200;
const LOOK_MS = 50;

/**
 * The process groups that a terminal's end is meant for: the one of its first process, `pid`, and the
 * one in the foreground. What a shell has put into the background is the shell's, and `nohup`'s, own.
 */
export async function terminalGroups(pid: number): Promise<number[]> {
  const [group, foreground] = Deno.build.os === "linux" ? readStat(pid) : await readPs(pid);
  // Below two are nobody's, everybody's and our own.
  return [...new Set([group, foreground])].filter((each) =>
    each !== undefined && each > 1
  ) as number[];
}

/**
 * Sees to it that the groups are gone: some programs live on when their terminal hangs up.
 * Resolves when they are, or when SIGKILL has been sent.
 */
export async function endGroups(
  groups: readonly number[],
  options: EndOptions = {},
): Promise<void> {
  const { hangUpMs = HANG_UP_GRACE_MS, termMs = TERM_GRACE_MS, signal } = options;
  await untilGone(groups, hangUpMs, signal);
  for (const group of groups) send(group, "SIGTERM");
  await untilGone(groups, termMs, signal);
  for (const group of groups) send(group, "SIGKILL");
}

async function untilGone(groups: readonly number[], ms: number, signal: AbortSignal | undefined) {
  const startedMs = performance.now();
  const limitMs = () => signal?.aborted ? Math.min(ms, HURRY_MS) : ms;
  while (groups.some((group) => send(group, 0)) && performance.now() - startedMs < limitMs()) {
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}

/** @returns whether there is such a group; 0 only asks */
function send(group: number, name: Deno.Signal | 0): boolean {
  try {
    return process.kill(-group, name);
  } catch {
    return false; // gone, or no longer ours
  }
}

/** https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html */
function readStat(pid: number): (number | undefined)[] {
  try {
    const text = Deno.readTextFileSync(`/proc/${pid}/stat`);
    // The name may hold anything, spaces and brackets too: fields count from the last bracket.
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    return [Number(fields[2]), Number(fields[5])];
  } catch {
    return []; // it has ended
  }
}

async function readPs(pid: number): Promise<(number | undefined)[]> {
  const { stdout } = await new Deno.Command("ps", {
    args: ["-o", "pgid=,tpgid=", "-p", `${pid}`],
    stdin: "null",
  }).output();
  return new TextDecoder().decode(stdout).trim().split(/\s+/).map(Number);
}

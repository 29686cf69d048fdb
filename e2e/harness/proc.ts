/** Figures of a running process from Linux's /proc. */

/** Resident memory in bytes; 0 when the process is gone. */
export function rssBytes(pid: number): number {
  try {
    const status = Deno.readTextFileSync(`/proc/${pid}/status`);
    return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) * 1024;
  } catch {
    return 0;
  }
}

/** Linux counts CPU time in ticks of 1/100 s whatever the kernel's own rate is. */
const TICKS_PER_S = 100;

/** User and system time of the process and its ended children, in seconds. */
export function cpuSeconds(pid: number): number {
  const stat = Deno.readTextFileSync(`/proc/${pid}/stat`);
  // The second field, in parentheses, may hold spaces.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const [utime, stime, childUtime, childStime] = fields.slice(11, 15).map(Number);
  return ((utime ?? 0) + (stime ?? 0) + (childUtime ?? 0) + (childStime ?? 0)) / TICKS_PER_S;
}

/** Whether a process of that number runs (a zombie does not). */
export function isRunning(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(Deno.readTextFileSync(`/proc/${pid}/status`));
  } catch {
    return false;
  }
}

/** The processes of that group which run (zombies do not). */
export function groupMembers(group: number): number[] {
  return [...Deno.readDirSync("/proc")].map(({ name }) => Number(name)).filter((pid) => {
    try {
      const stat = Deno.readTextFileSync(`/proc/${pid}/stat`);
      const [state, , pgrp] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      return Number(pgrp) === group && state !== "Z";
    } catch {
      return false; // no process, or it has just ended
    }
  });
}

export function megabytes(bytes: number): number {
  return Math.round(bytes / 1024 / 102.4) / 10;
}

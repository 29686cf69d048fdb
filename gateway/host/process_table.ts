/** A process of this user's, as the system tells. */
export interface ProcessInfo {
  readonly pid: number;
  readonly parentPid: number;
  /** Empty for a zombie or a kernel thread. */
  readonly argv: readonly string[];
  /** To about a second. */
  readonly startedAtMs: number;
}

/** The processes as they are now. On Linux each is read when it is asked for. */
export interface ProcessTable {
  /** The process and all below it, nearest first. */
  under(pid: number): ProcessInfo[];
  /** All of this user's. */
  all(): ProcessInfo[];
}

/** More descendants than that are not looked at: nothing of ours starts so many. */
const MAX_UNDER = 400;

export async function readProcessTable(): Promise<ProcessTable> {
  return Deno.build.os === "linux" ? new ProcTable() : await readPs();
}

/** The folder that a process works in, where the system tells. */
export function processFolder(pid: number): string | undefined {
  return link(`/proc/${pid}/cwd`);
}

/** The files that a process holds open, where the system tells. */
export function openFiles(pid: number): string[] {
  try {
    return [...Deno.readDirSync(`/proc/${pid}/fd`)]
      .map(({ name }) => link(`/proc/${pid}/fd/${name}`) ?? "")
      .filter((path) => path.startsWith("/"));
  } catch {
    return []; // it has ended, or this system has no /proc
  }
}

/** https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html */
class ProcTable implements ProcessTable {
  readonly #nowMs = Date.now();
  readonly #uptimeMs = Number((read("/proc/uptime") ?? "0").split(" ")[0]) * 1000;

  under(pid: number): ProcessInfo[] {
    const found: ProcessInfo[] = [];
    const pids = [pid];
    for (let at = 0; at < pids.length && pids.length < MAX_UNDER; at++) {
      const next = pids[at] ?? 0;
      const info = this.#info(next);
      if (info === undefined) continue;
      found.push(info);
      pids.push(...children(next));
    }
    return found;
  }

  all(): ProcessInfo[] {
    const uid = Deno.uid();
    const found: ProcessInfo[] = [];
    for (const { name } of Deno.readDirSync("/proc")) {
      if (!/^\d+$/.test(name)) continue;
      try {
        if (Deno.statSync(`/proc/${name}`).uid !== uid) continue;
      } catch {
        continue; // it has just ended
      }
      const info = this.#info(Number(name));
      if (info !== undefined) found.push(info);
    }
    return found;
  }

  #info(pid: number): ProcessInfo | undefined {
    const stat = read(`/proc/${pid}/stat`);
    // The name may hold anything, spaces and brackets too: fields count from the last bracket.
    const fields = stat?.slice(stat.lastIndexOf(")") + 2).split(" ");
    if (fields === undefined) return undefined;
    const ticks = Number(fields[19]); // of 10 ms, since the machine came up
    return {
      pid,
      parentPid: Number(fields[1]),
      argv: (read(`/proc/${pid}/cmdline`) ?? "").split("\0").slice(0, -1),
      startedAtMs: this.#nowMs - this.#uptimeMs + ticks * 10,
    };
  }
}

function children(pid: number): number[] {
  const pids: number[] = [];
  try {
    // A child belongs to the thread that made it.
    for (const { name } of Deno.readDirSync(`/proc/${pid}/task`)) {
      const text = read(`/proc/${pid}/task/${name}/children`) ?? "";
      pids.push(...text.split(" ").filter(Boolean).map(Number));
    }
  } catch {
    // It has just ended.
  }
  return pids;
}

/** Words with spaces in them come apart: good enough to know a program by its name. */
async function readPs(): Promise<ProcessTable> {
  const { stdout } = await new Deno.Command("ps", {
    args: ["-x", "-o", "pid=,ppid=,lstart=,command="],
    env: { LC_ALL: "C" },
    stdin: "null",
  }).output();
  return new PsTable(parsePs(new TextDecoder().decode(stdout)));
}

/** One process a line: pid, parent, `Fri Nov 20 21:43:10 2026`, command. */
export function parsePs(text: string): ProcessInfo[] {
  return text.split("\n").flatMap((line) => {
    const [, pid, parent, start, command] =
      /^\s*(\d+)\s+(\d+)\s+(\w+\s+\w+\s+\d+\s+[\d:]+\s+\d+)\s+(.*)$/.exec(line) ?? [];
    if (pid === undefined || start === undefined || command === undefined) return [];
    return [{
      pid: Number(pid),
      parentPid: Number(parent),
      argv: command.split(" "),
      startedAtMs: Date.parse(start) || 0,
    }];
  });
}

class PsTable implements ProcessTable {
  readonly #processes: readonly ProcessInfo[];

  constructor(processes: readonly ProcessInfo[]) {
    this.#processes = processes;
  }

  under(pid: number): ProcessInfo[] {
    const found = this.#processes.filter((each) => each.pid === pid);
    for (let at = 0; at < found.length && found.length < MAX_UNDER; at++) {
      found.push(...this.#processes.filter((each) => each.parentPid === found[at]?.pid));
    }
    return found;
  }

  all(): ProcessInfo[] {
    return [...this.#processes];
  }
}

function read(path: string): string | undefined {
  try {
    return Deno.readTextFileSync(path);
  } catch {
    return undefined; // it has ended, or there is no such file on this system
  }
}

function link(path: string): string | undefined {
  try {
    return Deno.readLinkSync(path);
  } catch {
    return undefined;
  }
}

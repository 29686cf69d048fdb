import { waitFor } from "../../../kit/testing/wait_for.ts";
import { run } from "./root_fs.ts";

export interface RunResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly ms: number;
}

export interface RunOptions {
  readonly stdin?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Default: 180 seconds. */
  readonly limitMs?: number;
}

const ENV: Readonly<Record<string, string>> = {
  PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
  HOME: "/root",
  LC_ALL: "C.UTF-8",
};
const BOOT_MS = 120_000;

/**
 * A booted Debian with systemd, on an overlay that is gone afterwards. It shares this machine's
 * network, so that a relay on 127.0.0.1 is its relay too.
 */
export class Container implements AsyncDisposable {
  readonly #folder: string;
  readonly #process: Deno.ChildProcess;
  #init = 0;

  private constructor(folder: string, process: Deno.ChildProcess) {
    this.#folder = folder;
    this.#process = process;
  }

  static async boot(lower: readonly string[]): Promise<Container> {
    const folder = await Deno.makeTempDir({ prefix: "cc-install-" });
    for (const name of ["upper", "work", "root"]) await Deno.mkdir(`${folder}/${name}`);
    const layers = `lowerdir=${lower.join(":")},upperdir=${folder}/upper,workdir=${folder}/work`;
    await run(["mount", "-t", "overlay", "overlay", "-o", layers, `${folder}/root`]);
    const name = folder.slice(folder.lastIndexOf("/") + 1);
    const process = new Deno.Command("systemd-nspawn", {
      args: ["-q", "-D", `${folder}/root`, "-M", name, "--register=no", "--keep-unit"]
        .concat(
          "--console=pipe",
          "--resolv-conf=copy-host",
          "--capability=CAP_LINUX_IMMUTABLE",
          "-b",
        ),
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).spawn();
    const container = new Container(folder, process);
    try {
      container.#init = await waitFor(() => firstProcess(process.pid), {
        what: "systemd to start",
      });
      await waitFor(() => container.#isUp(), {
        what: "the container to boot",
        deadlineMs: BOOT_MS,
      });
      return container;
    } catch (error) {
      await container[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Where its files are for this machine. */
  get root(): string {
    return `${this.#folder}/root`;
  }

  /** Runs a program as root to its end. */
  async run(argv: readonly string[], options: RunOptions = {}): Promise<RunResult> {
    const { stdin, env = {}, limitMs = 180_000 } = options;
    const vars = Object.entries({ ...ENV, ...env }).map(([name, value]) => `${name}=${value}`);
    const startedMs = performance.now();
    const child = new Deno.Command("nsenter", {
      args: [
        "-t",
        String(this.#init),
        "-m",
        "-u",
        "-i",
        "-p",
        "-C",
        "--",
        "/usr/bin/env",
        "-C",
        "/",
      ]
        .concat("-i", ...vars, ...argv),
      stdin: stdin === undefined ? "null" : "piped",
      stdout: "piped",
      stderr: "piped",
      signal: AbortSignal.timeout(limitMs),
    }).spawn();
    if (stdin !== undefined) {
      ReadableStream.from([new TextEncoder().encode(stdin)]).pipeTo(child.stdin).catch(() => {});
    }
    const { code, stdout, stderr } = await child.output();
    const text = new TextDecoder();
    const ms = performance.now() - startedMs;
    return { code, stdout: text.decode(stdout), stderr: text.decode(stderr), ms };
  }

  async sh(script: string, options: RunOptions = {}): Promise<RunResult> {
    return await this.run(["sh", "-c", script], options);
  }

  /** What it printed. @throws {Error} unless it succeeds */
  async must(script: string, options: RunOptions = {}): Promise<string> {
    const end = await this.sh(script, options);
    if (end.code === 0) return end.stdout.trim();
    throw new Error(`"${script}" ended with ${end.code}: ${end.stdout}${end.stderr}`);
  }

  /** As the user that sessions run as, without sudo's help. */
  async asUser(script: string, user = "vibe"): Promise<RunResult> {
    return await this.run(["runuser", "-u", user, "--", "sh", "-c", script]);
  }

  /**
   * Every file that lasts, with mode, owner and content, a line each; without what any running
   * system writes: journals, caches of packages, the random seed.
   */
  async tree(): Promise<string[]> {
    const skipped = ["/var/log/journal", "/var/log/apt", "/var/cache", "/var/lib/apt", "/tmp"]
      .concat("/var/tmp", "/proc", "/sys", "/dev", "/run", "/var/lib/systemd/random-seed")
      .concat("/var/log/wtmp", "/var/log/lastlog", "/var/log/btmp", "/root/.cache")
      .map((path) => `-path ${path}`).join(" -o ");
    const kept = `find / -xdev \\( ${skipped} \\) -prune -o`;
    const facts = await this.must(`${kept} -printf '%p %y %m %U:%G %l\\n' | sort`);
    const sums = await this.must(`${kept} -type f -print0 | xargs -0 sha256sum | sort -k2`);
    return [...facts.split("\n"), ...sums.split("\n").map((line) => `content ${line}`)];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const pid of [this.#init, this.#process.pid]) {
      try {
        // The first process of a namespace takes all the others with it.
        if (pid > 0) Deno.kill(pid, "SIGKILL");
      } catch {
        // It is gone.
      }
    }
    await this.#process.status;
    await waitFor(async () => await run(["umount", this.root]).then(() => true, () => false), {
      what: "the container's file system to be free",
      deadlineMs: 30_000,
    });
    await Deno.remove(this.#folder, { recursive: true });
  }

  async #isUp(): Promise<boolean> {
    const { stdout } = await this.run(["systemctl", "is-system-running"]);
    return /^(running|degraded)/.test(stdout);
  }
}

/** The container's first process, among those that nspawn has started on the way to it. */
function firstProcess(nspawn: number): number | undefined {
  try {
    const text = Deno.readTextFileSync(`/proc/${nspawn}/task/${nspawn}/children`);
    return text.trim().split(" ").map(Number).find((pid) => {
      const status = Deno.readTextFileSync(`/proc/${pid}/status`);
      return /^NSpid:\s+\d+\s+1$/m.test(status) && /^Name:\s+systemd$/m.test(status);
    });
  } catch {
    return undefined; // one of them has just ended
  }
}

/** What is in one list and not in the other, with a sign before it. */
export function treeDiff(before: readonly string[], after: readonly string[]): string[] {
  const [was, is] = [new Set(before), new Set(after)];
  return [
    ...before.filter((line) => !is.has(line)).map((line) => `- ${line}`),
    ...after.filter((line) => !was.has(line)).map((line) => `+ ${line}`),
  ];
}

import { type BenchDriver, type Processes } from "./driver.ts";
import { cpuSeconds } from "../e2e/harness/proc.ts";
import { Watcher } from "../e2e/harness/watcher.ts";

export interface Bulk {
  /** Pane output until its end shows on the viewer, in megabytes (10^6) a second. */
  readonly mbPerS: number;
  /** CPU time of all that moved it, in seconds for each 100 MB. */
  readonly cpuSPer100Mb: number;
  readonly cpuByProcess: Readonly<Record<string, number>>;
}

const SENTINEL = "~~bulk-end~~";

/** Writes `mb` megabytes of text lines to the terminal of a session and waits for what follows. */
export async function measureBulk(driver: BenchDriver, mb: number): Promise<Bulk> {
  const file = await Deno.makeTempFile({ prefix: "cc-bulk-" });
  try {
    await writeText(file, mb);
    // The sentinel is put together by the shell, so that the typed command does not show it.
    const script = `read go; cat "$0"; printf '%s%s\\n' '~~bulk' '-end~~'; exec cat`;
    await using session = await driver.openSession({ command: ["sh", "-c", script, file] });
    const watcher = new Watcher(session);
    const before = cpuOf(await driver.workProcesses());
    const startedMs = performance.now();
    const ended = watcher.next(SENTINEL, 120_000);
    session.write(new TextEncoder().encode("\r"));
    const tookS = (await ended - startedMs) / 1000;
    const after = cpuOf(await driver.workProcesses());
    const cpuByProcess = Object.fromEntries(
      Object.entries(after).map(([name, s]) => [name, (s - (before[name] ?? 0)) * 100 / mb]),
    );
    const cpuSPer100Mb = Object.values(cpuByProcess).reduce((sum, s) => sum + s, 0);
    return { mbPerS: mb / tookS, cpuSPer100Mb, cpuByProcess };
  } finally {
    await Deno.remove(file);
  }
}

function cpuOf(processes: Processes): Record<string, number> {
  return Object.fromEntries(
    Object.entries(processes).map((
      [name, pids],
    ) => [name, pids.reduce((sum, pid) => sum + cpuSeconds(pid), 0)]),
  );
}

/** Lines of 100 bytes, each with its number: what a long build log is like. */
async function writeText(path: string, mb: number): Promise<void> {
  using file = await Deno.open(path, { write: true, truncate: true });
  const encoder = new TextEncoder();
  for (let block = 0; block < mb; block++) {
    let text = "";
    for (let line = 0; line < 10_000; line++) {
      text += `${block * 10_000 + line}`.padStart(9, "0").padEnd(99, " compiling module ok;") +
        "\n";
    }
    await file.write(encoder.encode(text));
  }
}

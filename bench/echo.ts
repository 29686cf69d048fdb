import { percentile } from "../e2e/harness/percentile.ts";
import type { BenchDriver, BenchSession } from "./driver.ts";
import { Watcher } from "../e2e/harness/watcher.ts";

export interface Echo {
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly samples: number;
}

const WARM_UP = 60;
/** Between two keys: a fast typist's pace would take minutes; this lets each echo settle. */
const PAUSE_MS = 5;
/** What echoes: the kernel's own terminal driver, so that no program's time is measured. */
export const ECHO_COMMAND = ["sh", "-c", "stty -icanon; echo ready; exec cat >/dev/null"] as const;

const encoder = new TextEncoder();

/** Types single keys into a session and waits for the echo of each. */
export async function measureEcho(driver: BenchDriver, samples: number): Promise<Echo> {
  await using session = await driver.openSession({ command: ECHO_COMMAND });
  await echoTimes(session, WARM_UP);
  const times = await echoTimes(session, samples);
  return { p50Ms: percentile(times, 50), p99Ms: percentile(times, 99), samples };
}

/** Milliseconds from each key to its echo. */
export async function echoTimes(session: BenchSession, samples: number): Promise<number[]> {
  const watcher = new Watcher(session);
  const times: number[] = [];
  for (let i = 0; i < samples; i++) {
    // A letter other than the one before, so that a late repaint is not taken for the echo.
    const key = String.fromCharCode(97 + i % 26);
    const echoed = watcher.next(key);
    const typedMs = performance.now();
    session.write(encoder.encode(key));
    times.push(await echoed - typedMs);
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
  return times;
}

/** The same while another session floods a viewer that reads all. */
export async function measureEchoUnderFlood(driver: BenchDriver, samples: number): Promise<Echo> {
  await using flood = await driver.openSession({
    command: [
      "sh",
      "-c",
      'while :; do seq -f "%07g flood flood flood flood flood flood" 1 5000; done',
    ],
  });
  let flooded = 0;
  const flowing = Promise.withResolvers<void>();
  flood.onOutput = (bytes) => {
    flooded += bytes.length;
    if (flooded > 20_000) flowing.resolve();
  };
  await flowing.promise;
  return await measureEcho(driver, samples);
}

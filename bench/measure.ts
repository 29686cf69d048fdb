import { percentile } from "../e2e/harness/percentile.ts";
import { measureBulk } from "./bulk.ts";
import type { StartDriver } from "./driver.ts";
import { measureEcho, measureEchoUnderFlood } from "./echo.ts";
import { measureRssWithSessions, serverRssMb } from "./memory.ts";
import type { Figures } from "./report.ts";

export interface MeasureOptions {
  /** Fewer samples and bytes, for a look; the same figures. */
  readonly quick: boolean;
  /** Told what goes on. */
  readonly tell: (line: string) => void;
}

const SESSIONS = 50;

/** Runs every measurement on freshly started processes; memory apart, since bulk work leaves traces. */
export async function measure(start: StartDriver, options: MeasureOptions): Promise<Figures> {
  const { quick, tell } = options;
  const samples = quick ? 100 : 400;
  const memory = await measureMemory(start, tell);

  await using driver = await start();
  tell("echo, idle");
  const echo = await measureEcho(driver, samples);
  tell("echo, while another session floods");
  const flood = await measureEchoUnderFlood(driver, samples);
  tell("bulk output");
  const bulk = await measureBulk(driver, quick ? 20 : 100);
  for (const [name, seconds] of Object.entries(bulk.cpuByProcess)) {
    tell(`  ${name}: ${seconds.toFixed(2)} s of CPU for 100 MB`);
  }
  return {
    echo_p50_ms: echo.p50Ms,
    echo_p99_ms: echo.p99Ms,
    flood_p50_ms: flood.p50Ms,
    flood_p99_ms: flood.p99Ms,
    bulk_mb_s: bulk.mbPerS,
    cpu_s_per_100mb: bulk.cpuSPer100Mb,
    ...memory,
  };
}

async function measureMemory(start: StartDriver, tell: (line: string) => void) {
  await using driver = await start();
  tell("memory, idle");
  const idle = serverRssMb(driver);
  tell(`memory, ${SESSIONS} sessions`);
  const busy = await measureRssWithSessions(driver, SESSIONS);
  tell("accepted");
  const accepted: number[] = [];
  for (let i = 0; i < 3 && driver.acceptedMs; i++) accepted.push(await driver.acceptedMs());
  return {
    rss_idle_mb: idle,
    rss_50_sessions_mb: busy,
    accepted_ms: accepted.length > 0 ? percentile(accepted, 50) : null,
  };
}

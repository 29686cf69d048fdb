import { rssBytes } from "../e2e/harness/proc.ts";
import { ECHO_COMMAND } from "./echo.ts";
import type { BenchDriver, BenchSession, Processes } from "./driver.ts";
import { Watcher } from "../e2e/harness/watcher.ts";

/** Memory of the server's processes together, in megabytes (2^20). */
export function serverRssMb(driver: BenchDriver): number {
  return rssMb(driver.serverProcesses());
}

function rssMb(processes: Processes): number {
  return Object.values(processes).flat().reduce((sum, pid) => sum + rssBytes(pid), 0) / 2 ** 20;
}

/** The same with that many sessions, each with a viewer that has typed and read. */
export async function measureRssWithSessions(driver: BenchDriver, count: number): Promise<number> {
  await using sessions = new AsyncDisposableStack();
  for (let i = 0; i < count; i++) {
    const session = sessions.use(await driver.openSession({ command: ECHO_COMMAND }));
    await typeOnce(session);
  }
  return serverRssMb(driver);
}

async function typeOnce(session: BenchSession): Promise<void> {
  const echoed = new Watcher(session).next("x");
  session.write(new TextEncoder().encode("x"));
  await echoed;
}

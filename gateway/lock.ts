import { type Clock, sleep, systemClock } from "@chatcode/kit";
import { ExitError } from "./exit_status.ts";

const STEP_MS = 3_000;
const LOOK_EVERY_MS = 20;

export interface LockOptions {
  /** Stop the gateway that holds the lock, and take it. */
  readonly force: boolean;
  /** Asks the running gateway to stop; may throw if it does not listen. */
  readonly askToStop: () => Promise<void>;
  /** How long each step of a take-over may take, in milliseconds. Default: 3 seconds. */
  readonly stepMs?: number;
  readonly clock?: Clock;
}

/**
 * One gateway for each state folder. The system frees the lock when its process ends, however it
 * ends; the file stays and holds the pid of its last holder.
 * @throws ExitError alreadyRunning if another gateway holds it (with `force`: if it cannot be ended)
 */
export async function acquireLock(stateDir: string, options: LockOptions): Promise<Disposable> {
  const path = `${stateDir}/gateway.pid`;
  const file = await Deno.open(path, { read: true, write: true, create: true, mode: 0o600 });
  try {
    if (!await file.tryLock(true)) {
      if (!options.force) throw held(path, "stop it, or start with --force to take over");
      await takeOver(file, path, options);
    }
    await file.truncate();
    await file.write(new TextEncoder().encode(`${Deno.pid}\n`));
    return file;
  } catch (thrown) {
    file.close();
    throw thrown;
  }
}

/** First asked, then told, then killed; each time waiting for the lock to come free. */
async function takeOver(file: Deno.FsFile, path: string, options: LockOptions): Promise<void> {
  const clock = options.clock ?? systemClock;
  const kill = (signal: Deno.Signal) => {
    const pid = holder(path);
    if (pid !== undefined) Deno.kill(pid, signal);
  };
  const steps = [options.askToStop, () => kill("SIGTERM"), () => kill("SIGKILL")];
  for (const step of steps) {
    (async () => await step())().catch(() => {
      // It does not listen, or ended in between: the lock tells which.
    });
    const untilMs = clock.now() + (options.stepMs ?? STEP_MS);
    while (clock.now() < untilMs) {
      if (await file.tryLock(true)) return;
      await sleep(clock, LOOK_EVERY_MS);
    }
  }
  throw held(path, "it could not be ended");
}

function held(path: string, advice: string): ExitError {
  const pid = holder(path);
  const who = pid === undefined ? "" : ` as process ${pid}`;
  return new ExitError("alreadyRunning", `A gateway already runs here${who}: ${advice}`);
}

/** The pid in the lock file. It is trustworthy while the lock is held. */
function holder(path: string): number | undefined {
  try {
    const pid = Number(Deno.readTextFileSync(path).trim());
    return Number.isInteger(pid) && pid > 1 ? pid : undefined;
  } catch {
    return undefined;
  }
}

import { withDeadline } from "@chatcode/kit";
import { KvError } from "./kv_error.ts";

export const LOCK_FILE = "relay.lock";

/** How long to wait for a lock where Deno cannot be asked without waiting (before 2.6). */
const LOCK_WAIT_MS = 1_000;

interface Lockable extends Disposable {
  lock(exclusive: boolean): Promise<void>;
  tryLock?(exclusive: boolean): Promise<boolean>;
}

/**
 * Keeps other relays out of a data folder: two processes on one KV file would not see each other's
 * changes. The system frees the lock when the process ends, however it ends.
 * @throws {KvError} KV_LOCKED if another process holds it; KV_READ_ONLY, KV_FULL, KV_UNAVAILABLE
 */
export async function openDataLock(dir: string): Promise<Disposable> {
  const action = `open data in "${dir}"`;
  let file: Deno.FsFile;
  try {
    file = await Deno.open(`${dir}/${LOCK_FILE}`, {
      read: true,
      write: true,
      create: true,
      mode: 0o600,
    });
  } catch (thrown) {
    throw KvError.from(thrown, action);
  }
  if (await acquire(file)) return file;
  throw new KvError("KV_LOCKED", action);
}

async function acquire(file: Deno.FsFile & Lockable): Promise<boolean> {
  if (file.tryLock !== undefined) {
    const held = await file.tryLock(true);
    if (!held) file.close();
    return held;
  }
  const locking = file.lock(true);
  try {
    await withDeadline(locking, LOCK_WAIT_MS, "the lock of the data folder");
    return true;
  } catch {
    // The wait cannot be taken back: whenever it ends, let go of what it got.
    locking.then(() => file.close(), () => file.close());
    return false;
  }
}

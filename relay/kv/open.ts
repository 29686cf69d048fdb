import { type Log, silentLog } from "@chatcode/kit";
import { openDataLock } from "./data_lock.ts";
import { rows } from "./keys.ts";
import { kvCodeOf, KvError } from "./kv_error.ts";
import { Store } from "./store.ts";

/** Where the store lives. */
export type KvPlace =
  | { kind: "memory" } // gone with the process
  | { kind: "dir"; path: string } // one SQLite file in a folder of ours
  | { kind: "default" }; // the platform's own KV

export interface OpenStoreOptions {
  /** Told of each value that was skipped because it does not fit its schema. */
  readonly log?: Log;
}

export const KV_FILE = "kv.sqlite";

/**
 * Opens the store, makes sure that it takes writes, and for a folder keeps every other process out
 * until it is disposed. The folder is made with mode 700, the file with 600.
 * @throws {KvError} KV_LOCKED, KV_FULL, KV_READ_ONLY, KV_DAMAGED or KV_UNAVAILABLE
 */
export async function openStore(
  place: KvPlace,
  { log = silentLog }: OpenStoreOptions = {},
): Promise<Store> {
  const onDamaged = (error: KvError) => log.warn("kv.value_damaged", { error });
  switch (place.kind) {
    case "memory":
      return await proven(
        new Store(await openKv(":memory:", "open data in memory"), { onDamaged }),
      );
    case "default":
      return await proven(new Store(await openKv(undefined, "open the default KV"), { onDamaged }));
    case "dir":
      return await openDir(place.path, onDamaged);
  }
  return place satisfies never;
}

async function openDir(dir: string, onDamaged: (error: KvError) => void): Promise<Store> {
  const action = `open data in "${dir}"`;
  const file = `${dir}/${KV_FILE}`;
  try {
    await Deno.mkdir(dir, { recursive: true, mode: 0o700 });
  } catch (thrown) {
    throw KvError.from(thrown, action);
  }
  const lock = await openDataLock(dir);
  try {
    await makeFile(file);
    const kv = await openKv(file, action);
    return await proven(
      new Store(kv, { onDamaged, onClose: () => lock[Symbol.dispose]() }),
    );
  } catch (thrown) {
    lock[Symbol.dispose]();
    const full = kvCodeOf(thrown) === "KV_FULL" || await isFull(dir);
    throw full ? new KvError("KV_FULL", action, { cause: thrown }) : KvError.from(thrown, action);
  }
}

/** SQLite gives its side files the mode of the main one, and takes an empty file for a new base. */
async function makeFile(file: string): Promise<void> {
  const handle = await Deno.open(file, { write: true, create: true, mode: 0o600 });
  handle.close();
  await Deno.chmod(file, 0o600);
}

async function openKv(path: string | undefined, action: string): Promise<Deno.Kv> {
  try {
    return await Deno.openKv(path);
  } catch (thrown) {
    throw KvError.from(thrown, action);
  }
}

async function proven(store: Store): Promise<Store> {
  try {
    await store.set(rows.opened, { atMs: Date.now() });
    return store;
  } catch (thrown) {
    store[Symbol.dispose]();
    throw thrown;
  }
}

/** When there is no room for its side files, SQLite says "disk I/O error" and no more. */
async function isFull(dir: string): Promise<boolean> {
  const probe = `${dir}/.probe-${crypto.randomUUID()}`;
  try {
    await Deno.writeFile(probe, new Uint8Array(64 * 1024), { createNew: true });
    return false;
  } catch (thrown) {
    return kvCodeOf(thrown) === "KV_FULL";
  } finally {
    await Deno.remove(probe).catch(() => {});
  }
}

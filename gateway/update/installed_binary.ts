import { ExitError } from "../exit_status.ts";

export interface BinaryPlaces {
  /** What the service starts. */
  readonly binary: string;
  /** Beside it: the previous binary, and what it unpacked to. */
  readonly lib: string;
}

/** How long a new binary may take to say its version, in milliseconds: its first start unpacks it. */
const FIRST_START_MS = 60_000;

/**
 * The installed program and the one before it. Whatever interrupts a change, there is a whole program
 * at `binary`; a change that nobody confirmed is known by its mark.
 */
export class InstalledBinary {
  readonly #places: BinaryPlaces;

  constructor(places: BinaryPlaces) {
    this.#places = places;
  }

  /** Where a new program is to be put before `swapIn()`. */
  get nextPath(): string {
    return `${this.#places.binary}.next`;
  }

  /**
   * For one update at a time; the system frees it when the process ends.
   * @throws ExitError failure while another has it
   */
  async lock(): Promise<Disposable> {
    const file = await Deno.open(`${this.#places.lib}/update.lock`, { create: true, write: true });
    if (await file.tryLock(true)) return file;
    file.close();
    throw new ExitError("failure", "Another update runs already: try again when it is done");
  }

  /** The version that was swapped in and neither confirmed nor undone. */
  get unconfirmed(): string | undefined {
    return readLine(`${this.#places.lib}/unconfirmed`);
  }

  /** The version that was undone last: not to be tried again by itself. */
  get refused(): string | undefined {
    return readLine(`${this.#places.lib}/refused`);
  }

  /** @throws ExitError unverified if what lies at `nextPath` does not start or is another version */
  async probeNext(version: string): Promise<void> {
    const found = await versionOf(this.nextPath);
    if (found === version) return;
    await Deno.remove(this.nextPath);
    const what = found === undefined ? "it does not start here" : `it says it is ${found}`;
    throw new ExitError("unverified", `Cannot use the new version ${version}: ${what}`);
  }

  async swapIn(version: string): Promise<void> {
    const { binary, lib } = this.#places;
    await writeLine(`${lib}/unconfirmed`, version);
    await link(binary, `${lib}/previous`);
    await Deno.rename(this.nextPath, binary);
  }

  /** The new one is good. */
  async confirm(version: string): Promise<void> {
    await Deno.remove(`${this.#places.lib}/unconfirmed`).catch(ignoreMissing);
    if (this.refused === version) await Deno.remove(`${this.#places.lib}/refused`);
    await this.#prune();
  }

  /** Puts the previous one back. @throws ExitError failure if there is none */
  async swapBack(): Promise<void> {
    const { binary, lib } = this.#places;
    try {
      await link(`${lib}/previous`, binary);
    } catch (cause) {
      throw new ExitError("failure", `Cannot roll back: no previous version in ${lib}`, { cause });
    }
    const version = this.unconfirmed;
    if (version !== undefined) await writeLine(`${lib}/refused`, version);
    await Deno.remove(`${lib}/unconfirmed`).catch(ignoreMissing);
  }

  /** What versions before the previous one unpacked; theirs and the present one's stay. */
  async #prune(): Promise<void> {
    const { binary, lib } = this.#places;
    const kept = await Promise.all([unpackedName(binary), unpackedName(`${lib}/previous`)]);
    for await (const { name, isDirectory } of Deno.readDir(lib)) {
      if (isDirectory && /^[0-9a-f]{32}$/.test(name) && !kept.includes(name)) {
        await Deno.remove(`${lib}/${name}`, { recursive: true });
      }
    }
  }
}

/** As it says itself; `undefined` if it does not start. */
export async function versionOf(path: string): Promise<string | undefined> {
  try {
    const { success, stdout } = await new Deno.Command(path, {
      args: ["version", "--json"],
      stdin: "null",
      stderr: "null",
      signal: AbortSignal.timeout(FIRST_START_MS),
    }).output();
    if (!success) return undefined;
    const told: unknown = JSON.parse(new TextDecoder().decode(stdout));
    const isTold = typeof told === "object" && told !== null && "version" in told;
    return isTold ? String(told.version) : undefined;
  } catch {
    return undefined;
  }
}

/** The name of the folder that a self-extracting program unpacks to, from its head. */
async function unpackedName(path: string): Promise<string | undefined> {
  try {
    using file = await Deno.open(path);
    const head = new Uint8Array(1024);
    const bytes = await file.read(head) ?? 0;
    const text = new TextDecoder().decode(head.subarray(0, bytes));
    return /^id='([0-9a-f]{32})'/m.exec(text)?.[1];
  } catch {
    return undefined; // there is none
  }
}

/** Makes `to` another name of `from` in one step, whatever was there. */
async function link(from: string, to: string): Promise<void> {
  const draft = `${to}.${crypto.randomUUID().slice(0, 8)}`;
  // Across file systems there are no links.
  await Deno.link(from, draft).catch(() => Deno.copyFile(from, draft));
  await Deno.rename(draft, to);
  // Of two names for one file rename(2) removes none.
  await Deno.remove(draft).catch(ignoreMissing);
}

function readLine(path: string): string | undefined {
  try {
    return Deno.readTextFileSync(path).trim() || undefined;
  } catch {
    return undefined;
  }
}

async function writeLine(path: string, text: string): Promise<void> {
  const draft = `${path}.draft`;
  await Deno.writeTextFile(draft, `${text}\n`);
  await Deno.rename(draft, path);
}

function ignoreMissing(thrown: unknown): void {
  if (!(thrown instanceof Deno.errors.NotFound)) throw thrown;
}

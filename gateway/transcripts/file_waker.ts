import { basename, dirname } from "node:path/posix";

export interface FileWakerOptions {
  readonly signal: AbortSignal;
  /** Wakes this often though nothing is heard, in milliseconds. */
  readonly pollMs: number;
  /** Sleeps at least this long, so that many writes cost one look, in milliseconds. */
  readonly gapMs: number;
}

/** Without a watch (no such folder yet, or the system has no more watches), in milliseconds. */
const UNWATCHED_POLL_MS = 250;

/** Changes heard in one sleep that make a storm: while it lasts, looking costs less than hearing. */
const STORM = 16;
const STORM_MS = 1_000;

/** Sleeps until a file, or one whose name begins like its, may have changed. */
export class FileWaker implements Disposable {
  readonly #folder: string;
  readonly #name: string;
  readonly #options: FileWakerOptions;
  #watcher: Deno.FsWatcher | undefined;
  #isDue = false;
  #heard = 0;
  /** Looks after every second gap until then, without a watch. */
  #stormUntilMs = 0;
  #wake: (() => void) | undefined;

  constructor(path: string, options: FileWakerOptions) {
    this.#folder = dirname(path);
    this.#name = `/${basename(path)}`;
    this.#options = options;
  }

  /** Ends the sleep, or the next one. */
  poke(): void {
    this.#isDue = true;
    this.#wake?.();
  }

  /** Resolves when it is time to look, and at once when the signal aborts. */
  async sleep(): Promise<void> {
    const { signal, pollMs, gapMs } = this.#options;
    this.#heard = 0;
    if (performance.now() < this.#stormUntilMs) return await this.#pause(2 * gapMs, () => false);
    this.#watch();
    await this.#pause(gapMs, () => false);
    if (!this.#isDue && !signal.aborted) {
      await this.#pause(
        this.#watcher === undefined ? UNWATCHED_POLL_MS : pollMs,
        () => this.#isDue,
      );
    }
    this.#isDue = false;
  }

  [Symbol.dispose](): void {
    this.#unwatch();
    this.#wake?.();
  }

  async #pause(ms: number, isOver: () => boolean): Promise<void> {
    const { signal } = this.#options;
    if (signal.aborted || isOver()) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, ms);
    this.#wake = () => isOver() && resolve();
    const onAbort = () => resolve();
    signal.addEventListener("abort", onAbort, { once: true });
    try {
      await promise;
    } finally {
      signal.removeEventListener("abort", onAbort);
      clearTimeout(timer);
      this.#wake = undefined;
    }
  }

  #watch(): void {
    if (this.#watcher !== undefined || this.#options.signal.aborted) return;
    try {
      this.#watcher = Deno.watchFs(this.#folder, { recursive: false });
    } catch {
      return; // Polling finds what changes.
    }
    void this.#listen(this.#watcher);
    // What happened before the watch stood is not told.
    this.#isDue = true;
  }

  async #listen(watcher: Deno.FsWatcher): Promise<void> {
    try {
      for await (const event of watcher) {
        if (event.kind === "access") continue;
        if (event.paths.some((path) => path.includes(this.#name))) this.#hear();
        // The folder itself went: another may take its place.
        if (event.kind === "remove" && event.paths.includes(this.#folder)) break;
      }
    } catch {
      // A watch that broke is set up again.
    }
    if (this.#watcher !== watcher) return;
    this.#unwatch();
    this.poke(); // who sleeps on it would hear nothing more
  }

  #hear(): void {
    this.poke();
    if (++this.#heard < STORM) return;
    this.#stormUntilMs = performance.now() + STORM_MS;
    this.#unwatch();
  }

  #unwatch(): void {
    const watcher = this.#watcher;
    this.#watcher = undefined;
    try {
      watcher?.close();
    } catch {
      // It closed itself.
    }
  }
}

import tty from "node:tty";
import { closeFd, duplicate, openMaster, setSize, tryWrite } from "./libc.ts";
import { type Pty, PTY_QUEUE_BYTES, type PtyExit, type PtyOptions, type Size } from "./pty.ts";

/** A terminal takes about this much at once; more is refused by the kernel anyway. */
const WRITE_BYTES = 4096;
/** Until the next try when the program is behind with reading. */
const RETRY_MS = 3;
/** What a program gets to end by itself after SIGTERM and hang-up. */
const KILL_AFTER_MS = 2_000;

/**
 * The shell gives up its place to the program, after it has opened the terminal as the leader of a
 * new session, which makes it the controlling one: signals and hang-up then work as in any terminal.
 */
const SPAWN = 'exec "$@" <>"$0" >&0 2>&0';

/** A real pseudo-terminal, by libc. @throws {Error} if the system has none left */
export function openFfiPty(options: PtyOptions): Pty {
  return new FfiPty(options);
}

class FfiPty implements Pty {
  readonly exited: Promise<PtyExit>;
  readonly #child: Deno.ChildProcess;
  readonly #reader: tty.ReadStream;
  /** Our own number for the master: the reader closes its number when it pleases. */
  #fd: number | undefined;
  #queue: Uint8Array<ArrayBuffer>[] = [];
  #queued = 0;
  #retry: ReturnType<typeof setTimeout> | undefined;

  constructor({ argv, env, cwd, size }: PtyOptions) {
    const { fd, path } = openMaster();
    try {
      setSize(fd, size.cols, size.rows);
      this.#fd = duplicate(fd);
      this.#child = new Deno.Command("/bin/sh", {
        args: ["-c", SPAWN, path, ...argv],
        env: { ...env },
        clearEnv: true,
        ...(cwd === undefined ? {} : { cwd }),
        detached: true, // setsid(2), for spawn() alone
        stdin: "null",
        stdout: "null",
        stderr: "null",
      }).spawn();
    } catch (error) {
      this.#closeFd();
      closeFd(fd);
      throw error;
    }
    this.#reader = new tty.ReadStream(fd);
    const drained = Promise.withResolvers<void>();
    this.#reader.on("error", () => {}); // EIO is how a terminal says that nobody has it open
    this.#reader.on("close", () => drained.resolve());
    this.exited = this.#finish(drained.promise);
  }

  onOutput(callback: (bytes: Uint8Array) => void): void {
    // The stream begins to read now, and not before; the kernel keeps what came earlier.
    this.#reader.on("data", callback);
  }

  write(bytes: Uint8Array): boolean {
    if (this.#fd === undefined || this.#queued + bytes.length > PTY_QUEUE_BYTES) return false;
    for (let at = 0; at < bytes.length; at += WRITE_BYTES) {
      this.#queue.push(bytes.slice(at, at + WRITE_BYTES));
    }
    this.#queued += bytes.length;
    if (this.#retry === undefined) this.#flush();
    return true;
  }

  resize({ cols, rows }: Size): void {
    if (this.#fd !== undefined) setSize(this.#fd, cols, rows);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#signal("SIGTERM");
    const kill = setTimeout(() => this.#signal("SIGKILL"), KILL_AFTER_MS);
    // Closing the last number of the master is the hang-up, whatever the program does on SIGTERM.
    this.#closeFd();
    this.#reader.destroy();
    await this.exited;
    clearTimeout(kill);
  }

  #signal(signal: Deno.Signal): void {
    try {
      this.#child.kill(signal);
    } catch {
      // It is gone already.
    }
  }

  async #finish(drained: Promise<void>): Promise<PtyExit> {
    const status = await this.#child.status;
    // A grandchild may hold the terminal open for ever; what it says is not the program's output.
    const stop = setTimeout(() => this.#reader.destroy(), 1_000);
    await drained;
    clearTimeout(stop);
    this.#closeFd();
    return { code: status.code };
  }

  #flush(): void {
    this.#retry = undefined;
    for (let head = this.#queue[0]; head !== undefined; head = this.#queue[0]) {
      if (this.#fd === undefined) return;
      const written = tryWrite(this.#fd, head);
      if (written === undefined) return this.#closeFd();
      this.#queued -= written;
      if (written < head.length) {
        this.#queue[0] = head.subarray(written);
        this.#retry = setTimeout(() => this.#flush(), RETRY_MS);
        return;
      }
      this.#queue.shift();
    }
  }

  #closeFd(): void {
    if (this.#fd !== undefined) closeFd(this.#fd);
    this.#fd = undefined;
    this.#queue = [];
    this.#queued = 0;
    clearTimeout(this.#retry);
    this.#retry = undefined;
  }
}

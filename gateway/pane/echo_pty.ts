import { type Pty, PTY_QUEUE_BYTES, type PtyExit, type PtyOptions, type Size } from "./pty.ts";

/**
 * A terminal without a system under it: `cat` alone, in memory. What is written comes back, a line
 * end as CR LF; Ctrl+D at the start of a line ends it with code 0.
 */
export function openEchoPty(_options: PtyOptions): Pty {
  return new EchoPty();
}

const CR = 0x0d;
const LF = 0x0a;
const END_OF_INPUT = 0x04;

class EchoPty implements Pty {
  readonly exited: Promise<PtyExit>;
  readonly #exit = Promise.withResolvers<PtyExit>();
  #output: ((bytes: Uint8Array) => void) | undefined;
  #queue: Uint8Array[] = [];
  #queued = 0;
  #lineStart = true;
  #gone = false;

  constructor() {
    this.exited = this.#exit.promise;
  }

  onOutput(callback: (bytes: Uint8Array) => void): void {
    this.#output = callback;
    this.#pump();
  }

  write(bytes: Uint8Array): boolean {
    if (this.#gone || this.#queued + bytes.length > PTY_QUEUE_BYTES) return false;
    this.#queue.push(bytes.slice());
    this.#queued += bytes.length;
    queueMicrotask(() => this.#pump());
    return true;
  }

  resize(_size: Size): void {}

  async [Symbol.asyncDispose](): Promise<void> {
    this.#end(129); // as by SIGHUP
    await this.exited;
  }

  #pump(): void {
    while (this.#output !== undefined && !this.#gone) {
      const bytes = this.#queue.shift();
      if (bytes === undefined) return;
      this.#queued -= bytes.length;
      const echo: number[] = [];
      for (const byte of bytes) {
        if (byte === END_OF_INPUT && this.#lineStart) {
          if (echo.length > 0) this.#output(new Uint8Array(echo));
          return this.#end(0);
        }
        this.#lineStart = byte === CR || byte === LF;
        if (this.#lineStart) echo.push(CR, LF);
        else echo.push(byte);
      }
      this.#output(new Uint8Array(echo));
    }
  }

  #end(code: number): void {
    this.#gone = true;
    this.#queue = [];
    this.#exit.resolve({ code });
  }
}

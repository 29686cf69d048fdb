/** A size in character cells. */
export interface Size {
  readonly cols: number;
  readonly rows: number;
}

/** A program in a terminal of its own. Disposing hangs up on it and waits until it is gone. */
export interface Pty extends AsyncDisposable {
  /**
   * Called with every piece of output, in order; the bytes belong to the callee. Output that comes
   * before the first callback is set is kept.
   */
  onOutput(callback: (bytes: Uint8Array) => void): void;
  /**
   * Queues input; it goes in whole and in order as the program reads it.
   * @returns false, taking nothing, if more than `PTY_QUEUE_BYTES` would wait or the program is gone
   */
  write(bytes: Uint8Array): boolean;
  /** Changes the terminal's size; the program hears of it (SIGWINCH). */
  resize(size: Size): void;
  /** Resolves once, when the program is gone and all its output was handed over. */
  readonly exited: Promise<PtyExit>;
}

export interface PtyExit {
  /** 128 + n for signal n. */
  readonly code: number;
}

export interface PtyOptions {
  readonly argv: readonly [string, ...string[]];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly size: Size;
}

export type OpenPty = (options: PtyOptions) => Pty;

/** Input that may wait for a program that does not read, in bytes. */
export const PTY_QUEUE_BYTES = 256 * 1024;

/** A log file grows to this many bytes, then becomes `NAME.1` in place of the one before. */
export const LOG_FILE_BYTES = 8 * 1024 * 1024;

/** Lines appended to a file that only its owner may read; at most two files of bounded size. */
export class LogFile implements Disposable {
  readonly path: string;
  readonly #maxBytes: number;
  readonly #encoder = new TextEncoder();
  #file: Deno.FsFile;
  #bytes: number;

  constructor(path: string, maxBytes = LOG_FILE_BYTES) {
    this.path = path;
    this.#maxBytes = maxBytes;
    this.#file = openLog(path);
    this.#bytes = this.#file.statSync().size;
  }

  /** Appends `line` and a line end. A disk that is full costs lines, never the caller. */
  write(line: string): void {
    let bytes = this.#encoder.encode(`${line}\n`);
    try {
      if (this.#bytes > 0 && this.#bytes + bytes.length > this.#maxBytes) this.#rotate();
      this.#bytes += bytes.length;
      while (bytes.length > 0) bytes = bytes.subarray(this.#file.writeSync(bytes));
    } catch {
      // What the log tells of matters more than the log.
    }
  }

  [Symbol.dispose](): void {
    this.#file.close();
  }

  #rotate(): void {
    Deno.renameSync(this.path, `${this.path}.1`);
    this.#file.close();
    this.#file = openLog(this.path);
    this.#bytes = 0;
  }
}

function openLog(path: string): Deno.FsFile {
  return Deno.openSync(path, { append: true, create: true, mode: 0o600 });
}

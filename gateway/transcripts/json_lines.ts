export interface JsonLine {
  readonly record: unknown;
  /** Where the line begins and where the next one does, in bytes. */
  readonly startOffset: number;
  readonly endOffset: number;
}

export interface JsonLinesOptions {
  /** Where the first byte stands in the file. Default: 0. */
  readonly offset?: number;
  /** That byte is inside a line, which is left out. Default: false. */
  readonly midLine?: boolean;
  /** A longer line is skipped and never held. Default: `MAX_LINE_BYTES`. */
  readonly maxLineBytes?: number;
}

export const MAX_LINE_BYTES = 8 * 1024 * 1024;
const LINE_END = 10;

/** Cuts bytes, however they are split, into JSON lines. Holds at most one line. */
export class JsonLines {
  readonly #maxLineBytes: number;
  readonly #decoder = new TextDecoder();
  #held: Uint8Array[] = [];
  #heldBytes = 0;
  /** Where the line that is held begins. */
  #lineStart: number;
  #leaveOut: boolean;
  /** The line that is left out counts as skipped. */
  #tooLong = false;
  #next: number;
  #skipped = 0;

  constructor(options: JsonLinesOptions = {}) {
    this.#maxLineBytes = options.maxLineBytes ?? MAX_LINE_BYTES;
    this.#next = this.#lineStart = options.offset ?? 0;
    this.#leaveOut = options.midLine ?? false;
  }

  /** The end of the last whole line: nothing before it is needed any more. */
  get offset(): number {
    return this.#lineStart;
  }

  /** The offset of the byte that is wanted next. */
  get nextOffset(): number {
    return this.#next;
  }

  /** Whether an unfinished line is being left out. */
  get isMidLine(): boolean {
    return this.#leaveOut;
  }

  /** Lines that were too long or no JSON. */
  get skipped(): number {
    return this.#skipped;
  }

  /** The lines that `chunk` completes. It may be reused afterwards. */
  push(chunk: Uint8Array): JsonLine[] {
    const lines: JsonLine[] = [];
    let from = 0;
    for (let end = chunk.indexOf(LINE_END); end >= 0; end = chunk.indexOf(LINE_END, from)) {
      const line = this.#take(chunk.subarray(from, end));
      const startOffset = this.#lineStart;
      this.#next += end + 1 - from;
      this.#lineStart = this.#next;
      from = end + 1;
      const record = line === undefined ? undefined : this.#parse(line);
      if (record !== undefined) lines.push({ record, startOffset, endOffset: this.#lineStart });
    }
    this.#hold(chunk.subarray(from));
    return lines;
  }

  #hold(rest: Uint8Array): void {
    this.#next += rest.length;
    if (this.#leaveOut || rest.length === 0) return;
    if (this.#heldBytes + rest.length > this.#maxLineBytes) {
      this.#leaveOut = this.#tooLong = true;
      this.#drop();
      return;
    }
    this.#held.push(rest.slice());
    this.#heldBytes += rest.length;
  }

  /** The whole line that ends with `last`, unless it is left out. */
  #take(last: Uint8Array): Uint8Array | undefined {
    if (this.#leaveOut || this.#heldBytes + last.length > this.#maxLineBytes) {
      if (this.#tooLong || !this.#leaveOut) this.#skipped++;
      this.#leaveOut = this.#tooLong = false;
      this.#drop();
      return undefined;
    }
    if (this.#heldBytes === 0) return last;
    const whole = new Uint8Array(this.#heldBytes + last.length);
    let at = 0;
    for (const part of [...this.#held, last]) {
      whole.set(part, at);
      at += part.length;
    }
    this.#drop();
    return whole;
  }

  #parse(line: Uint8Array): unknown {
    const text = this.#decoder.decode(line);
    if (text.trim() === "") return undefined;
    try {
      return JSON.parse(text) as unknown;
    } catch {
      this.#skipped++;
      return undefined;
    }
  }

  #drop(): void {
    this.#held = [];
    this.#heldBytes = 0;
  }
}

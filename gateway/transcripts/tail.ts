import { FileWaker } from "./file_waker.ts";
import { type JsonLine, JsonLines } from "./json_lines.ts";
import {
  CHECK_BYTES,
  holds,
  lastLineEnd,
  positionAt,
  readFully,
  type TailPosition,
} from "./tail_position.ts";

export interface TailOptions {
  /** Ends the tail. */
  readonly signal: AbortSignal;
  /** Default: "start". A position that the file no longer has means "start", too. */
  readonly from?: TailPosition | "start" | "end";
  /** Longer lines are skipped. Default: 8 MiB. */
  readonly maxLineBytes?: number;
  /** Looks this often though no change is heard of, in milliseconds. Default: 1,000. */
  readonly pollMs?: number;
  /** Looks at most this often, in milliseconds. Default: 30. */
  readonly gapMs?: number;
}

export interface TailBatch {
  readonly records: readonly JsonLine[];
  /** Begins at the file's start again, since it was replaced or cut: take a new reader. */
  readonly restarted: boolean;
  /** As of this batch everything that stood in the file was told. */
  readonly caughtUp: boolean;
  /** Lines left out so far, being too long or no JSON. */
  readonly skipped: number;
}

interface OpenFile {
  readonly file: Deno.FsFile;
  readonly identity: string;
}

const POLL_MS = 1_000;
const GAP_MS = 30;
const CHUNK_BYTES = 64 * 1024;

/**
 * Follows one JSONL file while it is written, replaced, cut, removed or not there yet. Memory is
 * bounded by one chunk and one line, whatever the file's size; nothing is read ahead of whoever
 * takes the batches.
 */
export class Tail implements AsyncIterable<TailBatch> {
  readonly #path: string;
  readonly #options: TailOptions;
  readonly #waker: FileWaker;
  readonly #buffer = new Uint8Array(CHECK_BYTES + CHUNK_BYTES);
  #open: OpenFile | undefined;
  #lines: JsonLines;
  /** The last bytes that were read: they must still be there when more is. */
  #before = new Uint8Array();
  #skippedEarlier = 0;
  #restarted = false;
  #isFirstOpen = true;
  #poked = false;

  constructor(path: string, options: TailOptions) {
    this.#path = path;
    this.#options = options;
    this.#lines = this.#newLines();
    const { signal, pollMs = POLL_MS, gapMs = GAP_MS } = options;
    this.#waker = new FileWaker(path, { signal, pollMs, gapMs });
  }

  /** Looks now, and tells a batch with `caughtUp` even if there is nothing new. */
  poke(): void {
    this.#poked = true;
    this.#waker.poke();
  }

  /** The position behind a record that this tail told. @throws what the file system says */
  positionAt(offset: number): Promise<TailPosition> {
    return positionAt(this.#path, offset);
  }

  /** Ends when the signal aborts. To be taken once. */
  async *[Symbol.asyncIterator](): AsyncGenerator<TailBatch, void, void> {
    const { signal } = this.#options;
    try {
      while (!signal.aborted) {
        yield* this.#look();
        await this.#waker.sleep();
      }
    } finally {
      this.#waker[Symbol.dispose]();
      this.#close();
    }
  }

  async *#look(): AsyncGenerator<TailBatch, void, void> {
    const poked = this.#poked;
    this.#poked = false;
    const now = await identityOf(this.#path);
    if (this.#open !== undefined && now !== this.#open.identity) {
      // Another file has the name, or none: what was still written to the old one counts.
      yield* this.#read(false);
      this.#close();
    }
    if (now === undefined) return;
    const isNew = this.#open === undefined;
    if (isNew && !await this.#openFile()) return;
    yield* this.#read(poked || isNew);
  }

  async *#read(tellCaughtUp: boolean): AsyncGenerator<TailBatch, void, void> {
    const file = this.#open?.file;
    if (file === undefined) return;
    const { signal } = this.#options;
    let isEnd = false;
    let toldRecords = false;
    while (!isEnd && !signal.aborted) {
      const bytes = await this.#readNext(file);
      if (bytes === undefined) {
        this.#restart();
        continue;
      }
      isEnd = bytes.length < CHUNK_BYTES;
      const records = this.#take(bytes);
      const caughtUp = isEnd && (tellCaughtUp || toldRecords || records.length > 0);
      toldRecords ||= records.length > 0;
      if (records.length > 0 || caughtUp || this.#restarted) {
        const restarted = this.#restarted;
        this.#restarted = false;
        yield { records, restarted, caughtUp, skipped: this.#skippedEarlier + this.#lines.skipped };
      }
    }
  }

  #take(bytes: Uint8Array): JsonLine[] {
    const records = this.#lines.push(bytes);
    const kept = bytes.length >= CHECK_BYTES
      ? bytes.slice(bytes.length - CHECK_BYTES)
      : joined(this.#before, bytes).slice(-CHECK_BYTES);
    this.#before = kept;
    return records;
  }

  /** The next chunk, or `undefined` if what was read before it no longer stands there. */
  async #readNext(file: Deno.FsFile): Promise<Uint8Array | undefined> {
    const before = this.#before;
    const into = this.#buffer.subarray(0, before.length + CHUNK_BYTES);
    const bytes = await readFully(file, this.#lines.nextOffset - before.length, into);
    const isSame = bytes >= before.length && before.every((byte, at) => byte === into[at]);
    return isSame ? into.subarray(before.length, bytes) : undefined;
  }

  async #openFile(): Promise<boolean> {
    let file: Deno.FsFile;
    try {
      file = await Deno.open(this.#path);
    } catch {
      return false; // Gone again, or not ours to read yet: the next look tells.
    }
    this.#open = { file, identity: identity(await file.stat()) };
    if (this.#isFirstOpen) await this.#seekFirst(file);
    else await this.#seekAgain(file);
    this.#isFirstOpen = false;
    return true;
  }

  async #seekFirst(file: Deno.FsFile): Promise<void> {
    const { from = "start", maxLineBytes } = this.#options;
    if (from === "start") return;
    if (from !== "end") {
      if (await holds(file, from)) await this.#goTo(file, from.offset, false);
      else this.#restarted = true;
      return;
    }
    const { offset, midLine } = await lastLineEnd(file, maxLineBytes);
    await this.#goTo(file, offset, midLine);
  }

  /** The file was replaced: by a copy of itself that goes on, or by another one. */
  async #seekAgain(file: Deno.FsFile): Promise<void> {
    if (await this.#readNext(file) === undefined) this.#restart();
  }

  async #goTo(file: Deno.FsFile, offset: number, midLine: boolean): Promise<void> {
    this.#lines = this.#newLines(offset, midLine);
    const from = Math.max(0, offset - CHECK_BYTES);
    const before = new Uint8Array(offset - from);
    await readFully(file, from, before);
    this.#before = before;
  }

  #restart(): void {
    this.#skippedEarlier += this.#lines.skipped;
    this.#lines = this.#newLines();
    this.#before = new Uint8Array();
    this.#restarted = true;
  }

  #newLines(offset = 0, midLine = false): JsonLines {
    const { maxLineBytes } = this.#options;
    return new JsonLines({
      offset,
      midLine,
      ...(maxLineBytes !== undefined && { maxLineBytes }),
    });
  }

  #close(): void {
    this.#open?.file.close();
    this.#open = undefined;
  }
}

async function identityOf(path: string): Promise<string | undefined> {
  try {
    return identity(await Deno.stat(path));
  } catch {
    return undefined;
  }
}

function identity(found: Deno.FileInfo): string {
  return `${found.dev}:${found.ino}`;
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array<ArrayBuffer> {
  const both = new Uint8Array(first.length + second.length);
  both.set(first);
  both.set(second, first.length);
  return both;
}

import { bufferPassed, type GiveWay } from "@chatcode/kit";
import {
  BYTES_HEADER,
  Credit,
  FILE_CHUNK_BYTES,
  FILE_WINDOW_BYTES,
  writeBytesHeader,
} from "@chatcode/protocol";
import { isChanged } from "./file_facts.ts";
import type { Transfer, TransferEnd } from "./transfer.ts";

export interface SendingOptions {
  readonly file: Deno.FsFile;
  /** As it was when it was opened. */
  readonly stat: Deno.FileInfo;
  readonly start: number;
  readonly end: number;
  readonly creditBytes: number;
  readonly pace: GiveWay;
}

/** A file, or a part of it, on its way to the relay. SPEC [FI4] [FI5]. */
export class Sending implements Transfer {
  readonly #to: TransferEnd;
  readonly #options: SendingOptions;
  readonly #credit: Credit;
  readonly #stopping = new AbortController();
  #credited = Promise.withResolvers<void>();

  constructor(to: TransferEnd, options: SendingOptions) {
    this.#to = to;
    this.#options = options;
    this.#credit = new Credit(FILE_WINDOW_BYTES, options.creditBytes);
  }

  /** Sends until all is sent or it is stopped; never throws. Closes the file. */
  async run(): Promise<void> {
    const { signal } = this.#stopping;
    try {
      const outcome = await this.#send(signal);
      if (!signal.aborted) this.#to.end(outcome);
    } catch (thrown) {
      if (!signal.aborted) this.#to.fail(thrown);
    } finally {
      this.#options.file.close();
    }
  }

  grant(bytes: number): void {
    this.#credit.grant(bytes);
    this.#credited.resolve();
  }

  /** Nothing comes this way. */
  take(): void {}

  ended(): void {
    this.stop();
  }

  stop(): void {
    this.#stopping.abort();
    this.#credited.resolve();
  }

  async #send(signal: AbortSignal): Promise<"done" | "changed"> {
    const { file, stat, start, end, pace } = this.#options;
    // One buffer for all: what is sent is copied when it is masked.
    const wire = new Uint8Array(BYTES_HEADER + FILE_CHUNK_BYTES);
    if (start > 0) await file.seek(start, Deno.SeekMode.Start);
    for (let seq = start; seq < end;) {
      const turnBytes = await pace.turn(signal);
      const length = Math.min(turnBytes, end - seq, await this.#creditLeft(signal));
      const payload = wire.subarray(BYTES_HEADER, BYTES_HEADER + length);
      if (!await readFully(file, payload)) return "changed";
      // The last bytes are held back until it is known that all of them belong together.
      if (seq + length === end && isChanged(stat, await file.stat())) return "changed";
      signal.throwIfAborted();
      this.#credit.take(length);
      writeBytesHeader(wire, { kind: "download", channel: this.#to.channel, seq });
      if (!this.#to.sendBytes(wire.subarray(0, BYTES_HEADER + length))) this.stop();
      bufferPassed(length);
      seq += length;
    }
    return "done";
  }

  async #creditLeft(signal: AbortSignal): Promise<number> {
    while (this.#credit.left === 0) {
      this.#credited = Promise.withResolvers();
      await this.#credited.promise;
      signal.throwIfAborted();
    }
    return this.#credit.left;
  }
}

/** @returns whether there were so many bytes */
async function readFully(file: Deno.FsFile, into: Uint8Array): Promise<boolean> {
  for (let read = 0; read < into.length;) {
    const count = await file.read(into.subarray(read));
    if (count === null) return false;
    read += count;
  }
  return true;
}

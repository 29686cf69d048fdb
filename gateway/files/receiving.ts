import { bufferPassed } from "@chatcode/kit";
import {
  type BytesFrame,
  CreditDebt,
  FILE_CHUNK_BYTES,
  FILE_WINDOW_BYTES,
  type FileEndFrame,
  ProtocolError,
} from "@chatcode/protocol";
import { ByteRing } from "./byte_ring.ts";
import type { Transfer, TransferEnd } from "./transfer.ts";

/** An upload's bytes on their way into its part file. SPEC [FI7]. */
export class Receiving implements Transfer {
  /** Everything taken is written, or will not be, and the file is closed. */
  readonly settled: Promise<void>;
  readonly #to: TransferEnd;
  readonly #file: Deno.FsFile;
  readonly #size: number;
  readonly #debt = new CreditDebt(FILE_CHUNK_BYTES);
  readonly #waiting = new ByteRing(FILE_WINDOW_BYTES);
  readonly #settle: () => void;
  #expected: number;
  #writing = false;
  #over = false;

  /** @param file open for writing, at `offset` */
  constructor(to: TransferEnd, file: Deno.FsFile, span: { offset: number; size: number }) {
    this.#to = to;
    this.#file = file;
    this.#expected = span.offset;
    this.#size = span.size;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.settled = promise;
    this.#settle = resolve;
  }

  /** We give the credit here. */
  grant(): void {}

  take({ seq, bytes }: BytesFrame): void {
    if (this.#over) return;
    const fits = seq === this.#expected && seq + bytes.length <= this.#size &&
      this.#waiting.length + bytes.length <= FILE_WINDOW_BYTES;
    if (!fits) {
      const error = new ProtocolError("INVALID_REQUEST", "Cannot write: bytes out of place");
      return this.#fail(error);
    }
    this.#expected += bytes.length;
    this.#waiting.push(bytes);
    bufferPassed(bytes.length);
    if (!this.#writing) void this.#write();
  }

  /** What came is still written: it need not come again. */
  ended(_outcome: FileEndFrame["outcome"]): void {
    this.#finish();
  }

  stop(): void {
    this.#finish();
  }

  /** Somebody else goes on with this upload, or it is taken back. */
  end(): void {
    if (this.#over) return;
    this.#finish();
    this.#to.end("cancelled");
  }

  async #write(): Promise<void> {
    this.#writing = true;
    try {
      while (this.#waiting.length > 0) {
        const written = await this.#file.write(this.#waiting.peek().subarray(0, FILE_CHUNK_BYTES));
        this.#waiting.drop(written);
        const grant = this.#debt.consume(written);
        if (grant > 0 && !this.#over) this.#to.grant(grant);
      }
    } catch (thrown) {
      this.#waiting.drop(this.#waiting.length);
      this.#fail(isDiskFull(thrown) ? diskFull(thrown) : thrown);
    }
    this.#writing = false;
    if (this.#over) this.#close();
  }

  #fail(thrown: unknown): void {
    if (this.#over) return;
    this.#to.fail(thrown);
    this.#finish();
  }

  #finish(): void {
    if (this.#over) return;
    this.#over = true;
    if (!this.#writing) this.#close();
  }

  #close(): void {
    this.#file.close();
    this.#settle();
  }
}

export function isDiskFull(thrown: unknown): boolean {
  const code = thrown instanceof Error ? Reflect.get(thrown, "code") : undefined;
  return code === "ENOSPC" || code === "EDQUOT";
}

export function diskFull(cause?: unknown): ProtocolError {
  return new ProtocolError("DISK_FULL", "Cannot write the file: the machine's disk is full", {
    cause,
  });
}

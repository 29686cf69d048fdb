import { Tail, type TailOptions } from "./tail.ts";

/** A record and where it stands: in bytes of a file, in a database by time. */
export interface PlacedRecord {
  readonly record: unknown;
  /** A reader that begins here reads it. */
  readonly position: number;
  /** A reader that begins here reads what follows, and in a database perhaps this one again. */
  readonly next: number;
}

export interface RecordBatch {
  readonly records: readonly PlacedRecord[];
  /** Begins anew: what was read before is no longer there. */
  readonly restarted: boolean;
  /** Everything that stood there is told. */
  readonly caughtUp: boolean;
}

/** A transcript as it grows, whatever holds it. */
export interface Records extends AsyncIterable<RecordBatch> {
  /** Looks now, and tells a batch even if there is nothing new. */
  poke(): void;
  /** What must still be true of the transcript for `position` to mean the same. */
  checkAt(position: number): Promise<string>;
}

/** A file with one JSON record a line. */
export class FileRecords implements Records {
  readonly #tail: Tail;

  constructor(path: string, options: TailOptions) {
    this.#tail = new Tail(path, options);
  }

  poke(): void {
    this.#tail.poke();
  }

  async checkAt(position: number): Promise<string> {
    return (await this.#tail.positionAt(position)).check;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<RecordBatch, void, void> {
    for await (const { records, restarted, caughtUp } of this.#tail) {
      yield {
        records: records.map(({ record, startOffset, endOffset }) => (
          { record, position: startOffset, next: endOffset }
        )),
        restarted,
        caughtUp,
      };
    }
  }
}

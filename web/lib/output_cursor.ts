/** What to do with bytes that arrived. `known` of them were taken before. */
export type Arrival =
  | { state: "fresh"; bytes: Uint8Array; known: number }
  | { state: "known"; known: number }
  /** Bytes before these are missing. */
  | { state: "gap" };

/** Where a viewer's output goes on: no byte is taken twice, and none skipped. SPEC [BY2], [AT2]. */
export class OutputCursor {
  #next: { epoch: string; seq: number } | undefined;

  /** What `terminal.attach` is asked to go on from; undefined until the first resync. */
  get resume(): { epoch: string; seq: number } | undefined {
    return this.#next;
  }

  /** A new paint follows from `seq`. */
  resync(epoch: string, seq: number): void {
    this.#next = { epoch, seq };
  }

  /** What was taken so far has no meaning any more. */
  forget(): void {
    this.#next = undefined;
  }

  take(seq: number, bytes: Uint8Array): Arrival {
    const next = this.#next;
    if (next === undefined || seq > next.seq) return { state: "gap" };
    const known = Math.min(bytes.length, next.seq - seq);
    if (known === bytes.length) return { state: "known", known };
    this.#next = { epoch: next.epoch, seq: seq + bytes.length };
    return { state: "fresh", bytes: bytes.subarray(known), known };
  }
}

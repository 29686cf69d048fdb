import { INPUT_WINDOW_BYTES, MAX_INPUT_BYTES } from "@chatcode/protocol";

/**
 * What was typed and is not yet known to have reached the session, with the seqs that make a resend
 * harmless. Of any length: what is beyond the window waits here. SPEC [IN2], [IN3].
 */
export class InputLog {
  readonly #windowBytes: number;
  /** Whole chunks; the first may be acknowledged in part. */
  #chunks: { seq: number; bytes: Uint8Array }[] = [];
  /** Undefined until the host has told where this viewer's stream stands. */
  #acked: number | undefined;
  #sent = 0;
  #end = 0;

  constructor(windowBytes: number = INPUT_WINDOW_BYTES) {
    this.#windowBytes = windowBytes;
  }

  /** Bytes that the host has not acknowledged. */
  get pendingBytes(): number {
    return this.#end - (this.#acked ?? 0);
  }

  push(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.#chunks.push({ seq: this.#end, bytes });
    this.#end += bytes.length;
  }

  /**
   * The host's word at attach: sending goes on from `inputSeq`.
   * @throws RangeError if that cannot be: bytes would be lost
   */
  rewind(inputSeq: number): void {
    if (this.#acked === undefined) {
      // A page that was just loaded: an earlier page typed what lies below.
      this.#renumber(inputSeq);
    } else if (inputSeq < this.#acked) {
      if (inputSeq !== 0) {
        throw new RangeError(`Cannot type on from ${inputSeq}: ${this.#acked} was acknowledged`);
      }
      this.#renumber(0); // the host forgot this viewer. SPEC [IN5]
    } else if (inputSeq > this.#end) {
      throw new RangeError(`Cannot type on from ${inputSeq}: only ${this.#end} was typed`);
    } else {
      this.ack(inputSeq);
    }
    this.#sent = inputSeq;
  }

  ack(seq: number): void {
    if (this.#acked === undefined || seq <= this.#acked || seq > this.#end) return;
    this.#acked = seq;
    this.#sent = Math.max(this.#sent, seq);
    const first = this.#chunks.findIndex((chunk) => chunk.seq + chunk.bytes.length > seq);
    this.#chunks.splice(0, first === -1 ? this.#chunks.length : first);
  }

  /** The next frame to send, if there is one and the window has room. It counts as sent. */
  next(): { seq: number; bytes: Uint8Array } | undefined {
    if (this.#acked === undefined) return undefined;
    const room = this.#acked + this.#windowBytes - this.#sent;
    const seq = this.#sent;
    const bytes = this.#read(seq, Math.min(room, MAX_INPUT_BYTES));
    if (bytes.length === 0) return undefined;
    this.#sent += bytes.length;
    return { seq, bytes };
  }

  /** Forgets what may or may not have been typed; what was never sent stays, from seq 0. */
  startOver(): void {
    if (this.#acked !== undefined) this.ack(this.#sent);
    this.#renumber(0);
    this.#acked = undefined;
  }

  #read(seq: number, atMost: number): Uint8Array {
    const parts: Uint8Array[] = [];
    let left = Math.min(atMost, this.#end - seq);
    for (const chunk of this.#chunks) {
      if (left <= 0) break;
      const from = Math.max(0, seq - chunk.seq);
      if (from >= chunk.bytes.length) continue;
      const part = chunk.bytes.subarray(from, from + left);
      parts.push(part);
      left -= part.length;
    }
    const [only, ...more] = parts;
    if (only === undefined) return new Uint8Array();
    if (more.length === 0) return only;
    const joined = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
    let at = 0;
    for (const part of parts) {
      joined.set(part, at);
      at += part.length;
    }
    return joined;
  }

  /** The same unacknowledged bytes, from `seq` on. */
  #renumber(seq: number): void {
    const from = this.#acked ?? 0;
    const rest = this.#read(from, this.#end - from);
    this.#chunks = rest.length === 0 ? [] : [{ seq, bytes: rest }];
    this.#acked = this.#sent = seq;
    this.#end = seq + rest.length;
  }
}

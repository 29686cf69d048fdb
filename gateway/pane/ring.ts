export type RingRead =
  | { state: "bytes"; seq: number; bytes: Uint8Array<ArrayBuffer> }
  | { state: "current" } // nothing newer than the asked seq
  | { state: "pruned"; oldestSeq: number }; // fell off the ring: resync

/** The most a ring keeps, in bytes. SPEC [CR3]. */
export const RING_BYTES = 256 * 1024;
const FIRST_BYTES = 8 * 1024;

/**
 * The last bytes of one stream, by their offset in it (seq). The only place where output waits: a
 * viewer is a cursor into it. Memory grows with what was written, up to the bound.
 */
export class Ring {
  readonly #capacity: number;
  #store: Uint8Array<ArrayBuffer>;
  #oldest = 0;
  #end = 0;

  /** @throws {RangeError} unless `capacityBytes` is a positive whole number */
  constructor(capacityBytes = RING_BYTES) {
    if (!(Number.isSafeInteger(capacityBytes) && capacityBytes > 0)) {
      throw new RangeError(`Cannot make a ring of ${capacityBytes} bytes`);
    }
    this.#capacity = capacityBytes;
    this.#store = new Uint8Array(Math.min(FIRST_BYTES, capacityBytes));
  }

  get capacityBytes(): number {
    return this.#capacity;
  }

  /** The first byte still kept. */
  get oldestSeq(): number {
    return this.#oldest;
  }

  /** One past the last byte: the seq of the byte that comes next. */
  get endSeq(): number {
    return this.#end;
  }

  /** Takes the bytes in; the oldest ones make room. */
  append(bytes: Uint8Array): void {
    const kept = bytes.subarray(Math.max(0, bytes.length - this.#capacity));
    this.#grow(this.#end - this.#oldest + bytes.length);
    const end = this.#end + bytes.length;
    const from = end - kept.length;
    const at = from % this.#store.length;
    const first = Math.min(kept.length, this.#store.length - at);
    this.#store.set(kept.subarray(0, first), at);
    this.#store.set(kept.subarray(first), 0);
    this.#end = end;
    this.#oldest = Math.max(this.#oldest, end - this.#store.length);
  }

  /**
   * A copy of up to `max` bytes from `seq` on.
   * @throws {RangeError} if `seq` is beyond the end, or `max` is not positive
   */
  read(seq: number, max: number): RingRead {
    if (seq > this.#end || !(max > 0)) {
      throw new RangeError(`Cannot read ${max} bytes at ${seq}: the ring ends at ${this.#end}`);
    }
    if (seq < this.#oldest) return { state: "pruned", oldestSeq: this.#oldest };
    if (seq === this.#end) return { state: "current" };
    const bytes = new Uint8Array(Math.min(max, this.#end - seq));
    const at = seq % this.#store.length;
    const first = Math.min(bytes.length, this.#store.length - at);
    bytes.set(this.#store.subarray(at, at + first));
    bytes.set(this.#store.subarray(0, bytes.length - first), first);
    return { state: "bytes", seq, bytes };
  }

  /** A boundary that no read may cross: everything before now is gone, and its memory too. */
  prune(): void {
    this.#oldest = this.#end;
    this.#store = new Uint8Array(Math.min(FIRST_BYTES, this.#capacity));
  }

  #grow(wanted: number): void {
    if (wanted <= this.#store.length || this.#store.length === this.#capacity) return;
    let length = this.#store.length;
    while (length < wanted) length *= 2;
    const kept = this.read(this.#oldest, this.#capacity);
    this.#store = new Uint8Array(Math.min(length, this.#capacity));
    if (kept.state !== "bytes") return;
    this.#end = kept.seq;
    this.append(kept.bytes);
  }
}

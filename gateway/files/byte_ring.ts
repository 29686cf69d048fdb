/**
 * Bytes that wait, in one buffer that is used over and over: what comes in many pieces, each in memory
 * of its own, is let go at once.
 */
export class ByteRing {
  readonly #buffer: Uint8Array<ArrayBuffer>;
  #start = 0;
  #length = 0;

  constructor(readonly capacityBytes: number) {
    this.#buffer = new Uint8Array(capacityBytes);
  }

  get length(): number {
    return this.#length;
  }

  /** @throws {RangeError} if there is no room for all of it */
  push(bytes: Uint8Array): void {
    if (this.#length + bytes.length > this.capacityBytes) {
      throw new RangeError("Cannot take bytes: the ring is full");
    }
    const end = (this.#start + this.#length) % this.capacityBytes;
    const first = bytes.subarray(0, this.capacityBytes - end);
    this.#buffer.set(first, end);
    this.#buffer.set(bytes.subarray(first.length), 0);
    this.#length += bytes.length;
  }

  /** The first bytes, as far as they lie together; good until `drop()`. Empty if there are none. */
  peek(): Uint8Array<ArrayBuffer> {
    const end = Math.min(this.#start + this.#length, this.capacityBytes);
    return this.#buffer.subarray(this.#start, end);
  }

  /** Lets go of the first `count` bytes. */
  drop(count: number): void {
    this.#start = (this.#start + count) % this.capacityBytes;
    this.#length -= count;
  }
}

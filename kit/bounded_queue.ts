/**
 * What `push()` does when the queue has no room: `refuse` keeps what is queued and turns the new
 * item away, so that its owner may wait or close; `drop-oldest` makes room for the new item.
 */
export type FullPolicy = "refuse" | "drop-oldest";

export interface BoundedQueueOptions<T> {
  readonly maxItems: number;
  readonly maxBytes: number;
  readonly sizeOf: (item: T) => number;
  readonly full: FullPolicy;
}

export type PushResult =
  | { state: "queued"; dropped: number } // how many older items made room
  | { state: "full" };

/**
 * First in, first out, bounded in items and in bytes. An item that is larger than the whole queue
 * is refused under either policy, and costs nobody else a place.
 */
export class BoundedQueue<T> {
  readonly #options: BoundedQueueOptions<T>;
  #items: (T | undefined)[] = [];
  #sizes: number[] = [];
  #head = 0;
  #bytes = 0;
  #dropped = 0;
  #takers: (() => void)[] = [];

  /** @throws {RangeError} if a bound is not a positive number */
  constructor(options: BoundedQueueOptions<T>) {
    for (const bound of [options.maxItems, options.maxBytes]) {
      if (!(bound > 0)) throw new RangeError(`Cannot bound a queue by ${bound}`);
    }
    this.#options = options;
  }

  get items(): number {
    return this.#items.length - this.#head;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Items that `drop-oldest` has cost since the start. */
  get dropped(): number {
    return this.#dropped;
  }

  push(item: T): PushResult {
    const { maxItems, maxBytes, sizeOf, full } = this.#options;
    const size = sizeOf(item);
    if (size > maxBytes) return { state: "full" };
    const fits = () => this.items < maxItems && this.#bytes + size <= maxBytes;
    if (!fits() && full === "refuse") return { state: "full" };
    let dropped = 0;
    while (!fits()) {
      this.shift();
      dropped += 1;
    }
    this.#dropped += dropped;
    this.#items.push(item);
    this.#sizes.push(size);
    this.#bytes += size;
    this.#takers.shift()?.();
    return { state: "queued", dropped };
  }

  /** The oldest item, left where it is. */
  peek(): T | undefined {
    return this.#items[this.#head];
  }

  /** The oldest item, taken out; `undefined` when the queue is empty. */
  shift(): T | undefined {
    if (this.items === 0) return undefined;
    const item = this.#items[this.#head];
    this.#bytes -= this.#sizes[this.#head] ?? 0;
    this.#items[this.#head] = undefined; // the array must not keep it alive
    this.#head += 1;
    // Compacting only at half keeps the cost of a shift constant on average.
    if (this.#head * 2 >= this.#items.length) {
      this.#items = this.#items.slice(this.#head);
      this.#sizes = this.#sizes.slice(this.#head);
      this.#head = 0;
    }
    return item;
  }

  /**
   * The oldest item, as soon as there is one. Several takers are served in turn.
   * @throws the signal's reason as soon as `signal` aborts
   */
  async take(signal: AbortSignal): Promise<T> {
    for (;;) {
      signal.throwIfAborted();
      if (this.items > 0) return this.shift() as T;
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const onAbort = () => reject(signal.reason);
      signal.addEventListener("abort", onAbort, { once: true });
      this.#takers.push(resolve);
      try {
        await promise;
      } finally {
        signal.removeEventListener("abort", onAbort);
        this.#takers = this.#takers.filter((taker) => taker !== resolve);
      }
      // Woken and aborted in the same turn: the wake belongs to the next in line.
      if (signal.aborted && this.items > 0) this.#takers.shift()?.();
    }
  }

  clear(): void {
    this.#items = [];
    this.#sizes = [];
    this.#head = 0;
    this.#bytes = 0;
  }
}

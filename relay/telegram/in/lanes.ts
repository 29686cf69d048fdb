/** What is being worked on, and what waits behind it in the same lane. */
export interface Lane<T> {
  readonly first: T;
  /** Takes out of the waiting what `fits`, which is asked of each once and in order. */
  take(fits: (item: T) => boolean): T[];
}

export interface LanesOptions<T> {
  /** Does the first item, and those it took. Never rejects. */
  work(lane: Lane<T>): Promise<void>;
  /** Lanes that are worked on at once; the others wait. */
  readonly maxAtOnce: number;
}

/**
 * Queues by name: each is worked off in order, one item at a time, several queues at once. Bounds
 * are the caller's: `size` tells how many items there are, `sizeOf()` how many in one lane.
 */
export class Lanes<T> {
  readonly #options: LanesOptions<T>;
  /** In the order in which they came to have work; those being worked on too. */
  readonly #lanes = new Map<string, T[]>();
  readonly #working = new Map<string, Promise<void>>();
  #stopped = false;

  constructor(options: LanesOptions<T>) {
    this.#options = options;
  }

  /** Items that wait. */
  get size(): number {
    return this.#lanes.values().reduce((sum, lane) => sum + lane.length, 0);
  }

  sizeOf(name: string): number {
    return this.#lanes.get(name)?.length ?? 0;
  }

  push(name: string, item: T): void {
    const lane = this.#lanes.get(name) ?? [];
    lane.push(item);
    this.#lanes.set(name, lane);
    this.#pump();
  }

  /** Resolves when nothing waits and nothing is being done. */
  async idle(): Promise<void> {
    while (this.#working.size > 0) await Promise.race(this.#working.values());
  }

  /** Begins nothing more; resolves when what was begun is over. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#working.values());
  }

  #pump(): void {
    for (const [name, items] of this.#lanes) {
      if (this.#stopped || this.#working.size >= this.#options.maxAtOnce) return;
      if (this.#working.has(name)) continue;
      const first = items.shift();
      if (first === undefined) {
        this.#lanes.delete(name);
        continue;
      }
      const working = this.#options.work({ first, take: (fits) => takeFrom(items, fits) })
        .finally(() => {
          this.#working.delete(name);
          // To the end of the order: a busy lane must not keep the others waiting.
          this.#lanes.delete(name);
          if (items.length > 0) this.#lanes.set(name, items);
          this.#pump();
        });
      this.#working.set(name, working);
    }
  }
}

function takeFrom<T>(items: T[], fits: (item: T) => boolean): T[] {
  const taken: T[] = [];
  const left = items.splice(0).filter((item) => {
    if (!fits(item)) return true;
    taken.push(item);
    return false;
  });
  items.push(...left);
  return taken;
}

/** A value that tells when it changes. */
export interface Observable<T> {
  readonly value: T;
  /** Calls `listener` on every later change, until the returned function is called. */
  subscribe(listener: (value: T) => void): () => void;
}

/** An observable together with the right to change it. */
export class Source<T> implements Observable<T> {
  readonly #listeners = new Set<(value: T) => void>();
  #value: T;

  constructor(value: T) {
    this.#value = value;
  }

  get value(): T {
    return this.#value;
  }

  set value(value: T) {
    if (Object.is(value, this.#value)) return;
    this.#value = value;
    // A copy: a listener may unsubscribe itself or others.
    for (const listener of [...this.#listeners]) listener(value);
  }

  subscribe(listener: (value: T) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }
}

/**
 * Runs `act` some time after `call()`, once for however many calls came until then. With `settle`
 * the time starts over at each call, so that it runs when the calls have stopped.
 */
export class Throttle {
  readonly #ms: number;
  readonly #act: () => void;
  readonly #settle: boolean;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(ms: number, act: () => void, options: { settle?: boolean } = {}) {
    this.#ms = ms;
    this.#act = act;
    this.#settle = options.settle ?? false;
  }

  call(): void {
    if (this.#timer !== undefined && !this.#settle) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#act();
    }, this.#ms);
  }

  /** What was called for and did not run yet never runs. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}

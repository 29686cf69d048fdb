/** What draws: xterm.js in the browser. */
export interface Screen {
  /** Calls `drawn` once the bytes are on the screen. Calls keep their order. */
  write(bytes: Uint8Array, drawn: () => void): void;
  /** Takes effect at once. */
  reset(): void;
  /** Takes effect at once. */
  resize(cols: number, rows: number): void;
}

type Step =
  | { kind: "write"; bytes: Uint8Array }
  | { kind: "reset" }
  | { kind: "resize"; cols: number; rows: number };

/**
 * Keeps reset and resize in order with the bytes around them: a terminal draws bytes some time after
 * they were written to it, but resets at once.
 */
export class ScreenQueue {
  readonly #screen: Screen;
  readonly #onDrawn: (bytes: number) => void;
  #steps: Step[] = [];
  #drawing = 0;
  #undrawnBytes = 0;

  constructor(screen: Screen, onDrawn: (bytes: number) => void) {
    this.#screen = screen;
    this.#onDrawn = onDrawn;
  }

  /** Bytes taken and not yet drawn; credit bounds them. */
  get undrawnBytes(): number {
    return this.#undrawnBytes;
  }

  write(bytes: Uint8Array): void {
    this.#undrawnBytes += bytes.length;
    this.#add({ kind: "write", bytes });
  }

  reset(): void {
    this.#add({ kind: "reset" });
  }

  resize(cols: number, rows: number): void {
    this.#add({ kind: "resize", cols, rows });
  }

  #add(step: Step): void {
    this.#steps.push(step);
    this.#run();
  }

  #run(): void {
    for (;;) {
      const step = this.#steps[0];
      if (step === undefined || (step.kind !== "write" && this.#drawing > 0)) return;
      this.#steps.shift();
      switch (step.kind) {
        case "write":
          this.#drawing += 1;
          this.#screen.write(step.bytes, () => this.#drawn(step.bytes.length));
          break;
        case "reset":
          this.#screen.reset();
          break;
        case "resize":
          this.#screen.resize(step.cols, step.rows);
          break;
        default:
          step satisfies never;
      }
    }
  }

  #drawn(bytes: number): void {
    this.#drawing -= 1;
    this.#undrawnBytes -= bytes;
    this.#onDrawn(bytes);
    this.#run();
  }
}

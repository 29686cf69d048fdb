import type { InputLane, InputWrite } from "./input.ts";
import { readKeys } from "./keys.ts";

/** Where a viewer's input goes. */
export type ViewerInput = Pick<InputLane, "ackedSeq" | "write" | "close" | "forget">;

export interface ReadOnlyInputOptions {
  /** Answers of the viewer's terminal still reach its own tmux client. */
  readonly toClient: (bytes: Uint8Array) => void;
  readonly onAck: (seq: number) => void;
}

/** Input of a viewer that may only watch: acknowledged and dropped. SPEC [IN4]. */
export class ReadOnlyInput implements ViewerInput {
  readonly #options: ReadOnlyInputOptions;
  #seq = 0;

  constructor(options: ReadOnlyInputOptions) {
    this.#options = options;
  }

  get ackedSeq(): number {
    return this.#seq;
  }

  write(seq: number, bytes: Uint8Array): InputWrite {
    if (seq > this.#seq) return { state: "gap", expectedSeq: this.#seq };
    const fresh = bytes.subarray(this.#seq - seq);
    if (fresh.length === 0) return { state: "taken", typed: false };
    for (const token of readKeys(fresh)) {
      if (token.type === "client") this.#options.toClient(token.bytes);
    }
    this.#seq += fresh.length;
    this.#options.onAck(this.#seq);
    return { state: "taken", typed: false };
  }

  close(): void {}

  async forget(): Promise<void> {}
}

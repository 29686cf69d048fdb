import { ProtocolError } from "@chatcode/protocol";
import type { OpenPty } from "./pane/pty.ts";

/** Terminals on one host: twice the connected viewers, since those that left are kept a while. */
export const MAX_TERMINALS = 400;

/** Counts the terminals that are open, so that no number of viewers can exhaust the machine. */
export class ViewerSeats {
  readonly openPty: OpenPty;
  readonly #max: number;
  #taken = 0;

  constructor(openPty: OpenPty, max = MAX_TERMINALS) {
    this.#max = max;
    this.openPty = (options) => {
      const pty = openPty(options);
      this.#taken += 1;
      pty.exited.then(() => this.#taken -= 1);
      return pty;
    };
  }

  get taken(): number {
    return this.#taken;
  }

  /** @throws ProtocolError LIMIT_REACHED if all seats are taken */
  check(): void {
    if (this.#taken < this.#max) return;
    throw new ProtocolError("LIMIT_REACHED", `Cannot attach: too many viewers are here`);
  }
}

import * as z from "zod";
import { channelId } from "./ids.ts";
import { CREDIT_WINDOW_BYTES } from "./limits.ts";

/** Viewer → host: `bytes` more output may travel on `channel`. SPEC [CR1]. */
export const creditFrame = z.object({
  type: z.literal("credit"),
  channel: channelId,
  bytes: z.int().positive().max(CREDIT_WINDOW_BYTES),
});
export type CreditFrame = z.infer<typeof creditFrame>;

/**
 * The sender's side of a credit window. Never above the window, whatever the peer grants, so that a
 * peer cannot talk a sender into unbounded sending.
 */
export class Credit {
  #left: number;

  constructor(readonly windowBytes: number = CREDIT_WINDOW_BYTES, initial: number = windowBytes) {
    this.#left = Math.min(windowBytes, Math.max(0, initial));
  }

  get left(): number {
    return this.#left;
  }

  grant(bytes: number): void {
    this.#left = Math.min(this.windowBytes, this.#left + bytes);
  }

  /** Takes up to `wanted` bytes; the answer may be 0. */
  take(wanted: number): number {
    const taken = Math.min(wanted, this.#left);
    this.#left -= taken;
    return taken;
  }
}

/**
 * The receiver's side: counts what was consumed and says when it is worth a credit frame, so that a
 * flood costs a few frames a window instead of one for each bytes frame.
 */
export class CreditDebt {
  #owed = 0;

  constructor(readonly thresholdBytes: number = CREDIT_WINDOW_BYTES / 4) {}

  /** @returns the bytes to grant now, as many as one frame may, or 0 */
  consume(bytes: number): number {
    this.#owed += bytes;
    if (this.#owed < this.thresholdBytes) return 0;
    const grant = Math.min(this.#owed, CREDIT_WINDOW_BYTES);
    this.#owed -= grant;
    return grant;
  }
}

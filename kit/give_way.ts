import { type Clock, sleep } from "./clock.ts";

/** What bulk leaves waiting in a connection before it sends more, in bytes. */
export const BULK_BUFFERED_BYTES = 512 * 1024;

/** While others need a quick connection: at most this much at a time, and so long between. */
export const GENTLE_PIECE_BYTES = 32 * 1024;
export const GENTLE_PAUSE_MS = 2;

/** Until the next look at a connection that is full, in milliseconds. */
const LOOK_MS = 1;

export interface GiveWayOptions {
  readonly clock: Clock;
  /** One piece when nobody else needs the connection, in bytes. */
  readonly pieceBytes: number;
  /** What waits in the connection now, in bytes. */
  readonly bufferedBytes: () => number;
  /** Whether others need it to be quick now. */
  readonly isNeeded: () => boolean;
}

/**
 * Lets bulk share a connection with what people wait for: full speed while it is alone, small pieces
 * with pauses in between while it is not, and never much that waits in the connection.
 */
export class GiveWay {
  readonly #options: GiveWayOptions;

  constructor(options: GiveWayOptions) {
    this.#options = options;
  }

  /**
   * Resolves when it is this sender's turn, with the bytes it may send.
   * @throws the signal's reason as soon as `signal` aborts
   */
  async turn(signal: AbortSignal): Promise<number> {
    const { bufferedBytes, clock, isNeeded, pieceBytes } = this.#options;
    signal.throwIfAborted();
    if (isNeeded()) await sleep(clock, GENTLE_PAUSE_MS, signal);
    while (bufferedBytes() > (isNeeded() ? 0 : BULK_BUFFERED_BYTES)) {
      await sleep(clock, LOOK_MS, signal);
    }
    return isNeeded() ? GENTLE_PIECE_BYTES : pieceBytes;
  }
}

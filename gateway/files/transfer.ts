import type { BytesFrame, FileEndFrame } from "@chatcode/protocol";

/** One file on its way over a channel of the uplink. */
export interface Transfer {
  /** The relay gives credit for bytes that we send. */
  grant(bytes: number): void;
  /** The relay sends bytes. */
  take(frame: BytesFrame): void;
  /** The relay says that it is over. */
  ended(outcome: FileEndFrame["outcome"]): void;
  /** Nobody wants it any more: nothing is told. Safe twice. */
  stop(): void;
}

/** A transfer's way to the relay. */
export interface TransferEnd {
  readonly channel: number;
  /** @returns whether it is on its way */
  sendBytes(wire: Uint8Array<ArrayBuffer>): boolean;
  grant(bytes: number): void;
  /** Says how it ended; the channel is free then. */
  end(outcome: FileEndFrame["outcome"]): void;
  /** The same, with what went wrong. */
  fail(thrown: unknown): void;
}

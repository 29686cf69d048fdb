import type { Size } from "./pty.ts";

/** What a viewer is told, in order. */
export type ViewerEvent =
  | { type: "bytes"; /** Of the first byte. */ seq: number; bytes: Uint8Array<ArrayBuffer> }
  /** Forget the screen: the output from `seq` on paints all of it and sets every mode. */
  | ({ type: "resync"; seq: number; epoch: string } & Size)
  | ({ type: "size"; holdsSize: boolean } & Size)
  /** Every input byte below `seq` is in the session. */
  | { type: "input-ack"; seq: number }
  | { type: "closed"; reason: ViewerClosed };

/**
 * `ended`: the session is over. `replaced`: the same viewer has come by another way. `failed`: tmux
 * takes no more of its input. `stopped`: the gateway stops, and the viewer may come back.
 */
export type ViewerClosed = "ended" | "replaced" | "failed" | "stopped";

/** Must not throw, and must not wait: credit is what bounds it. */
export type ViewerSink = (event: ViewerEvent) => void;

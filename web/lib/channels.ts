import {
  type BytesFrame,
  type ChannelFrame,
  type ChannelId,
  encodeBytesFrame,
  encodeFrame,
} from "@chatcode/protocol";

/** Frames that come from the host. */
export type FromHost = Exclude<ChannelFrame, { type: "credit" }>;

/** Who listens to one channel. */
export interface ChannelSink {
  output(seq: number, bytes: Uint8Array<ArrayBuffer>): void;
  frame(frame: FromHost): void;
  /** The socket is gone, and the channel with it. SPEC [CH1]. */
  lost(): void;
}

/** One numbered lane. Once closed or lost it says nothing more and sends nothing more. */
export interface Channel {
  readonly id: ChannelId;
  sendInput(seq: number, bytes: Uint8Array): void;
  sendCredit(bytes: number): void;
  close(): void;
}

/** The open channels of a tab. A number is never used twice, so a late frame finds nobody. */
export class Channels {
  readonly #send: (wire: string | Uint8Array<ArrayBuffer>) => void;
  readonly #open = new Map<ChannelId, ChannelSink>();
  #lastId = 0;

  constructor(send: (wire: string | Uint8Array<ArrayBuffer>) => void) {
    this.#send = send;
  }

  open(sink: ChannelSink): Channel {
    const id = ++this.#lastId as ChannelId;
    this.#open.set(id, sink);
    const send = (wire: () => string | Uint8Array<ArrayBuffer>) => {
      if (this.#open.get(id) === sink) this.#send(wire());
    };
    return {
      id,
      sendInput: (seq, bytes) =>
        send(() => encodeBytesFrame({ kind: "input", channel: id, seq, bytes })),
      sendCredit: (bytes) => send(() => encodeFrame({ type: "credit", channel: id, bytes })),
      close: () => void this.#open.delete(id),
    };
  }

  bytes(frame: BytesFrame): void {
    if (frame.kind === "output") this.#open.get(frame.channel)?.output(frame.seq, frame.bytes);
  }

  frame(frame: FromHost): void {
    const sink = this.#open.get(frame.channel);
    if (frame.type === "closed") this.#open.delete(frame.channel);
    sink?.frame(frame);
  }

  lost(): void {
    const sinks = [...this.#open.values()];
    this.#open.clear();
    for (const sink of sinks) sink.lost();
  }
}

import { bufferPassed, type GiveWay } from "@chatcode/kit";
import {
  BYTES_HEADER,
  type ChannelFrame,
  Credit,
  FILE_CHUNK_BYTES,
  FILE_WINDOW_BYTES,
  type FileEndFrame,
  ProtocolError,
  writeBytesHeader,
} from "@chatcode/protocol";
import type { HostLane, HostLaneEnd } from "../sockets/host_lane.ts";

export interface UploadSpan {
  readonly offset: number;
  readonly size: number;
  readonly creditBytes: number;
}

/** The relay's end of a channel on which an upload goes to its machine. SPEC [FI7]. */
export class UploadLane implements HostLane {
  readonly #end: HostLaneEnd;
  readonly #pace: GiveWay;
  readonly #stopping = new AbortController();
  /** One for all frames: a WebSocket copies what it is given to send. */
  readonly #wire = new Uint8Array(BYTES_HEADER + FILE_CHUNK_BYTES);
  #credit = new Credit(FILE_WINDOW_BYTES, 0);
  #credited = Promise.withResolvers<void>();

  constructor(end: HostLaneEnd, pace: (end: HostLaneEnd) => GiveWay) {
    this.#end = end;
    this.#pace = pace(end);
  }

  get channel() {
    return this.#end.channel;
  }

  /**
   * Sends a body on from `offset`, as the machine's credit allows.
   * @returns the offset after its last byte
   * @throws ProtocolError whatever the machine says, HOST_OFFLINE, PAYLOAD_TOO_LARGE; what the body
   * throws; the signal's reason
   */
  async send(
    body: ReadableStream<Uint8Array>,
    { offset, size, creditBytes }: UploadSpan,
    signal: AbortSignal,
  ): Promise<number> {
    this.#credit = new Credit(FILE_WINDOW_BYTES, creditBytes);
    const either = AbortSignal.any([signal, this.#stopping.signal]);
    const reader = body.getReader();
    // A read that waits for a browser must not outlive the machine, or a cancel.
    const onAbort = () => {
      this.#credited.resolve();
      reader.cancel(either.reason).catch(() => {});
    };
    either.addEventListener("abort", onAbort, { once: true });
    try {
      either.throwIfAborted();
      let seq = offset;
      for (let read = await reader.read(); !read.done; read = await reader.read()) {
        if (seq + read.value.length > size) {
          throw new ProtocolError("PAYLOAD_TOO_LARGE", "Cannot upload: it is longer than was said");
        }
        seq = await this.#sendPiece(read.value, seq, either);
      }
      either.throwIfAborted();
      this.#close("done");
      return seq;
    } catch (thrown) {
      this.#close("cancelled");
      reader.cancel(thrown).catch(() => {});
      throw either.aborted ? either.reason : thrown;
    } finally {
      either.removeEventListener("abort", onAbort);
    }
  }

  bytesFromHost(): void {}

  frameFromHost(frame: ChannelFrame | FileEndFrame): void {
    if (frame.type === "credit") {
      this.#credit.grant(frame.bytes);
      this.#credited.resolve();
    } else if (frame.type === "file-end") {
      this.#end.drop();
      const error = frame.error === undefined
        ? new ProtocolError("CANCELLED", "Cannot upload: it was cancelled")
        : ProtocolError.fromWire(frame.error);
      this.#stopping.abort(error);
    }
  }

  hostGone(): void {
    const error = new ProtocolError("HOST_OFFLINE", "Cannot upload: the machine went offline");
    this.#stopping.abort(error);
  }

  /** The machine need not wait for bytes on it. */
  #close(outcome: "done" | "cancelled"): void {
    if (!this.#stopping.signal.aborted) {
      this.#end.send({ type: "file-end", channel: this.channel, outcome });
    }
    this.#end.drop();
  }

  /** It was never sent on. */
  cancel(): void {
    this.#close("cancelled");
  }

  async #sendPiece(bytes: Uint8Array, from: number, signal: AbortSignal): Promise<number> {
    const { channel } = this.#end;
    for (let at = 0; at < bytes.length;) {
      const turnBytes = await this.#pace.turn(signal);
      const length = Math.min(turnBytes, bytes.length - at, await this.#creditLeft(signal));
      this.#credit.take(length);
      writeBytesHeader(this.#wire, { kind: "upload", channel, seq: from + at });
      this.#wire.set(bytes.subarray(at, at + length), BYTES_HEADER);
      this.#end.sendBytes(this.#wire.subarray(0, BYTES_HEADER + length));
      bufferPassed(length);
      at += length;
    }
    return from + bytes.length;
  }

  async #creditLeft(signal: AbortSignal): Promise<number> {
    while (this.#credit.left === 0) {
      this.#credited = Promise.withResolvers();
      await this.#credited.promise;
      signal.throwIfAborted();
    }
    return this.#credit.left;
  }
}

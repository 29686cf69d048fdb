import {
  type BytesFrame,
  type ChannelFrame,
  type ChannelId,
  type FileEndFrame,
  relabelBytesFrame,
} from "@chatcode/protocol";
import type { HostLane } from "./host_lane.ts";

/** One end of a splice: a socket that knows the channel by a number of its own. */
export interface SpliceEnd {
  readonly channel: ChannelId;
  send(frame: ChannelFrame): void;
  sendBytes(wire: Uint8Array<ArrayBuffer>): void;
  /** Takes the channel out of the socket's table. */
  drop(): void;
}

/**
 * A client's channel joined to a host's. Terminal bytes pass through with a new channel number and
 * are neither read nor kept. SPEC [RL2]. Frames that may not travel in a direction are dropped.
 */
export class Splice implements HostLane {
  #open = true;

  constructor(readonly client: SpliceEnd, readonly host: SpliceEnd) {}

  bytesFromClient(frame: BytesFrame, wire: Uint8Array<ArrayBuffer>): void {
    if (frame.kind !== "input") return;
    relabelBytesFrame(wire, this.host.channel);
    this.host.sendBytes(wire);
  }

  bytesFromHost(frame: BytesFrame, wire: Uint8Array<ArrayBuffer>): void {
    if (frame.kind !== "output") return;
    relabelBytesFrame(wire, this.client.channel);
    this.client.sendBytes(wire);
  }

  frameFromClient(frame: ChannelFrame): void {
    if (frame.type === "credit") this.host.send({ ...frame, channel: this.host.channel });
  }

  frameFromHost(frame: ChannelFrame | FileEndFrame): void {
    if (frame.type === "credit" || frame.type === "file-end") return;
    this.client.send({ ...frame, channel: this.client.channel });
    if (frame.type === "closed") this.drop();
  }

  /** The host's socket is gone: tells the client so. */
  hostGone(): void {
    if (!this.#open) return;
    this.client.send({
      type: "closed",
      channel: this.client.channel,
      reason: "host-offline",
    });
    this.drop();
  }

  /** Frees both numbers. */
  drop(): void {
    if (!this.#open) return;
    this.#open = false;
    this.client.drop();
    this.host.drop();
  }
}

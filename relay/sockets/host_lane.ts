import type {
  BytesFrame,
  ChannelFrame,
  ChannelId,
  CreditFrame,
  FileEndFrame,
} from "@chatcode/protocol";

/** What a numbered channel of a host's socket leads to. */
export interface HostLane {
  frameFromHost(frame: ChannelFrame | FileEndFrame): void;
  /** `wire` is the whole encoded frame and belongs to the callee. */
  bytesFromHost(frame: BytesFrame, wire: Uint8Array<ArrayBuffer>): void;
  /** The host's socket is gone. */
  hostGone(): void;
}

/** A lane's way to the host. */
export interface HostLaneEnd {
  readonly channel: ChannelId;
  /** Bytes that wait in the host's socket, whosever they are. */
  readonly bufferedBytes: number;
  /** Whether somebody types on this socket: files then give way. SPEC [FI4]. */
  readonly isTypedOn: boolean;
  send(frame: CreditFrame | FileEndFrame): void;
  sendBytes(wire: Uint8Array<ArrayBuffer>): void;
  /** Frees the number. */
  drop(): void;
}

import { ProtocolError } from "./errors.ts";
import type { ChannelId } from "./ids.ts";
import { MAX_INPUT_BYTES, MAX_OUTPUT_BYTES } from "./limits.ts";

/**
 * A binary frame: 16 bytes of header, big-endian, then the payload. SPEC [BY1].
 *
 *     0      kind: 1 = output (host → viewer), 2 = input (viewer → host)
 *     1..3   zero
 *     4..7   channel
 *     8..15  seq: the offset of the payload's first byte in its stream
 */
export const BYTES_HEADER = 16;

export type BytesKind = "output" | "input";

export interface BytesFrame {
  kind: BytesKind;
  channel: ChannelId;
  seq: number;
  bytes: Uint8Array<ArrayBuffer>;
}

const KIND = { output: 1, input: 2 } as const;
const MAX_BYTES = { output: MAX_OUTPUT_BYTES, input: MAX_INPUT_BYTES } as const;

export function encodeBytesFrame(frame: {
  kind: BytesKind;
  channel: number;
  seq: number;
  bytes: Uint8Array;
}): Uint8Array<ArrayBuffer> {
  if (frame.bytes.length === 0 || frame.bytes.length > MAX_BYTES[frame.kind]) {
    throw new RangeError(`Cannot encode a bytes frame: ${frame.bytes.length} bytes of payload`);
  }
  const out = new Uint8Array(BYTES_HEADER + frame.bytes.length);
  const view = new DataView(out.buffer);
  view.setUint8(0, KIND[frame.kind]);
  view.setUint32(4, frame.channel);
  view.setBigUint64(8, BigInt(frame.seq));
  out.set(frame.bytes, BYTES_HEADER);
  return out;
}

/**
 * The payload is a view into `wire`, not a copy.
 * @throws ProtocolError INVALID_REQUEST if the header or the size is wrong
 */
export function parseBytesFrame(wire: Uint8Array<ArrayBuffer>): BytesFrame {
  const bad = (why: string) =>
    new ProtocolError("INVALID_REQUEST", `Cannot parse a bytes frame: ${why}`);
  if (wire.length <= BYTES_HEADER) throw bad("no payload");
  const view = new DataView(wire.buffer, wire.byteOffset, wire.byteLength);
  const head = view.getUint32(0);
  const kind = head === 0x01000000 ? "output" : head === 0x02000000 ? "input" : undefined;
  if (kind === undefined) throw bad("unknown kind");
  if (wire.length - BYTES_HEADER > MAX_BYTES[kind]) throw bad("payload too large");
  const channel = view.getUint32(4);
  if (channel === 0) throw bad("channel 0");
  const seq = view.getBigUint64(8);
  if (seq > BigInt(Number.MAX_SAFE_INTEGER)) throw bad("seq too large");
  return {
    kind,
    channel: channel as ChannelId,
    seq: Number(seq),
    bytes: wire.subarray(BYTES_HEADER),
  };
}

/** Rewrites the channel of an encoded frame in place: all the relay does to bytes. SPEC [RL2]. */
export function relabelBytesFrame(wire: Uint8Array<ArrayBuffer>, channel: ChannelId): void {
  new DataView(wire.buffer, wire.byteOffset).setUint32(4, channel);
}

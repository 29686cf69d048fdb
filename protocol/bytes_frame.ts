import { ProtocolError } from "./errors.ts";
import type { ChannelId } from "./ids.ts";
import { FILE_CHUNK_BYTES, MAX_INPUT_BYTES, MAX_OUTPUT_BYTES } from "./limits.ts";

/**
 * A binary frame: 16 bytes of header, big-endian, then the payload. SPEC [BY1].
 *
 *     0      kind: 1 = output (host → viewer), 2 = input (viewer → host),
 *            3 = download (host → relay), 4 = upload (relay → host)
 *     1..3   zero
 *     4..7   channel
 *     8..15  seq: the offset of the payload's first byte in its stream
 */
export const BYTES_HEADER = 16;

export type BytesKind = "output" | "input" | "download" | "upload";

export interface BytesFrame {
  kind: BytesKind;
  channel: ChannelId;
  seq: number;
  bytes: Uint8Array<ArrayBuffer>;
}

const KINDS = [undefined, "output", "input", "download", "upload"] as const;
const MAX_BYTES: Readonly<Record<BytesKind, number>> = {
  output: MAX_OUTPUT_BYTES,
  input: MAX_INPUT_BYTES,
  download: FILE_CHUNK_BYTES,
  upload: FILE_CHUNK_BYTES,
};

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
  writeBytesHeader(out, frame);
  out.set(frame.bytes, BYTES_HEADER);
  return out;
}

/** Writes the header in front of a payload that is there already, so that it need not be copied. */
export function writeBytesHeader(
  wire: Uint8Array<ArrayBuffer>,
  head: { kind: BytesKind; channel: number; seq: number },
): void {
  const view = new DataView(wire.buffer, wire.byteOffset);
  view.setUint32(0, KINDS.indexOf(head.kind) << 24);
  view.setUint32(4, head.channel);
  view.setBigUint64(8, BigInt(head.seq));
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
  const kind = (head & 0xffffff) === 0 ? KINDS[head >>> 24] : undefined;
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

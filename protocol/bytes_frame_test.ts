import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import {
  BYTES_HEADER,
  encodeBytesFrame,
  parseBytesFrame,
  relabelBytesFrame,
} from "./bytes_frame.ts";
import { ProtocolError } from "./errors.ts";
import { channelId } from "./ids.ts";

const frame = fc.record({
  kind: fc.constantFrom("input", "output", "download", "upload"),
  channel: fc.integer({ min: 1, max: 0xffff_ffff }).map((n) => channelId.parse(n)),
  seq: fc.maxSafeNat(),
  bytes: fc.uint8Array({ minLength: 1, maxLength: 300 }).map((bytes) => new Uint8Array(bytes)),
});

Deno.test("[BY1] what is encoded is parsed back", () => {
  fc.assert(fc.property(frame, (frame) => {
    assertEquals(parseBytesFrame(encodeBytesFrame(frame)), frame);
  }));
});

Deno.test("[BY1] a header byte that should be zero, or an unknown kind, is refused", () => {
  const wire = encodeBytesFrame({ kind: "input", channel: 7, seq: 9, bytes: new Uint8Array([1]) });
  for (const at of [0, 1, 2, 3]) {
    const bad = wire.slice();
    bad[at] = 9;
    assertThrows(() => parseBytesFrame(bad), ProtocolError, "unknown kind");
  }
});

Deno.test("[BY4] an empty or oversized payload is refused at both ends", () => {
  const encode = (length: number) =>
    encodeBytesFrame({ kind: "input", channel: 1, seq: 0, bytes: new Uint8Array(length) });
  assertThrows(() => encode(0), RangeError);
  assertThrows(() => encode(16_385), RangeError);
  const chunk = { kind: "upload" as const, channel: 1, seq: 0, bytes: new Uint8Array(131_072) };
  assertEquals(encodeBytesFrame(chunk).length, BYTES_HEADER + 131_072);
  assertThrows(
    () => parseBytesFrame(encode(1).slice(0, BYTES_HEADER)),
    ProtocolError,
    "no payload",
  );
  const oversized = new Uint8Array(BYTES_HEADER + 16_385);
  oversized.set(encode(1));
  assertThrows(() => parseBytesFrame(oversized), ProtocolError, "too large");
});

Deno.test("[BY1] arbitrary bytes either parse or throw a ProtocolError", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
    try {
      parseBytesFrame(new Uint8Array(bytes));
    } catch (thrown) {
      if (!(thrown instanceof ProtocolError)) throw thrown;
    }
  }));
});

Deno.test("[RL2] relabelling changes the channel and nothing else", () => {
  fc.assert(fc.property(frame, fc.integer({ min: 1, max: 0xffff_ffff }), (frame, to) => {
    const wire = encodeBytesFrame(frame);
    relabelBytesFrame(wire, channelId.parse(to));
    assertEquals(parseBytesFrame(wire), { ...frame, channel: channelId.parse(to) });
  }));
});

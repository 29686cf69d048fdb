import fc from "fast-check";
import { encodeBytesFrame } from "@chatcode/protocol";

/** What is sent as one WebSocket message. `bytes` of `text: true` go out as a text frame. */
export type Wire = string | { readonly bytes: Uint8Array<ArrayBuffer>; readonly text: boolean };

/** The largest frame that is tried, in bytes: above every limit of the protocol. */
export const HUGE_BYTES = 1_200_000;

const nasty = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    true,
    "",
    [],
    {},
    0,
    -1,
    1.5,
    2 ** 53,
    -(2 ** 53),
    1e308,
    "\u0000",
  ),
  fc.constantFrom<unknown>("__proto__", "constructor", "../../etc", "a".repeat(5_000)),
  fc.integer(),
  fc.double({ noNaN: true }),
  fc.string({ maxLength: 80 }),
  fc.jsonValue({ maxDepth: 3 }),
);

/** A valid frame with one thing changed: a field gone, of another type, or one too many. */
function mutated(frame: fc.Arbitrary<Record<string, unknown>>): fc.Arbitrary<string> {
  return fc.tuple(frame, fc.nat(), fc.constantFrom("drop", "change", "add", "deep"), nasty)
    .map(([valid, at, how, value]) => {
      const copy = structuredClone(valid);
      const names = Object.keys(copy);
      const name = names[at % names.length] ?? "type";
      if (how === "drop") delete copy[name];
      else if (how === "change") copy[name] = value;
      else if (how === "add") copy[`x_${at % 7}`] = value;
      else change(copy, at, value);
      return JSON.stringify(copy);
    });
}

/** Changes a value somewhere inside the objects of `frame`. */
function change(frame: Record<string, unknown>, at: number, value: unknown): void {
  const inner = Object.entries(frame).filter(([, field]) => isRecord(field));
  const [, target = frame] = inner[at % Math.max(1, inner.length)] ?? [];
  const record = target as Record<string, unknown>;
  const names = Object.keys(record);
  record[names[at % Math.max(1, names.length)] ?? "x"] = value;
}

function isRecord(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

const channels = fc.oneof(
  fc.integer({ min: 1, max: 40 }),
  fc.constantFrom(0xffff_ffff, 0x8000_0000),
);
const seqs = fc.oneof(
  fc.integer({ min: 0, max: 200 }),
  fc.constantFrom(2 ** 31, 2 ** 32, 2 ** 53 - 1),
  fc.maxSafeNat(),
);

/** Whole binary frames of both kinds. */
export const bytesFrame: fc.Arbitrary<Wire> = fc.record({
  kind: fc.constantFrom("input" as const, "output" as const),
  channel: channels,
  seq: seqs,
  bytes: fc.uint8Array({ minLength: 1, maxLength: 300 }),
}).map((frame) => ({ bytes: encodeBytesFrame(frame), text: false }));

/** Binary frames cut short, with changed headers, or of any bytes at all. */
const badBytes: fc.Arbitrary<Wire> = fc.oneof(
  fc.uint8Array({ maxLength: 64 }),
  fc.tuple(bytesFrame, fc.nat(32)).map(([wire, length]) => bytesOf(wire).slice(0, length)),
  fc.tuple(bytesFrame, fc.nat(15), fc.nat(255)).map(([wire, at, value]) => {
    const bytes = bytesOf(wire).slice();
    bytes[at] = value;
    return bytes;
  }),
).map((bytes) => ({ bytes: bytes as Uint8Array<ArrayBuffer>, text: false }));

const badText: fc.Arbitrary<Wire> = fc.oneof(
  fc.string({ unit: "binary", maxLength: 200 }),
  fc.json({ maxDepth: 4 }),
  fc.constantFrom("", "{", "[]", "null", '{"type":1}', '{"type":"__proto__"}', "[".repeat(5_000)),
  fc.constantFrom('{"type":"toString"}', '{"type":"hasOwnProperty","__proto__":{"x":1}}'),
  // Not UTF-8, though sent as text.
  fc.uint8Array({ minLength: 1, maxLength: 40 }).map((bytes) => ({
    bytes: new Uint8Array([...bytes, 0xff, 0xfe]),
    text: true,
  })),
);

const huge: fc.Arbitrary<Wire> = fc.tuple(
  fc.constantFrom(70_000, 300_000, HUGE_BYTES),
  fc.boolean(),
).map(([length, text]) =>
  text ? `{"type":"x","x":"${"x".repeat(length)}"}` : { bytes: new Uint8Array(length), text: false }
);

/**
 * Any message at all: valid ones, valid ones with a change, cut ones, huge ones, and noise. About
 * one in ten does not fit the protocol.
 */
export function anyWire(valid: fc.Arbitrary<Record<string, unknown>>): fc.Arbitrary<Wire> {
  const text = valid.map((frame): Wire => JSON.stringify(frame));
  return fc.oneof(
    { weight: 500, arbitrary: text },
    { weight: 200, arbitrary: bytesFrame },
    { weight: 80, arbitrary: mutated(valid) },
    { weight: 30, arbitrary: unknownFrame },
    {
      weight: 12,
      arbitrary: fc.tuple(text, fc.nat(60)).map(([wire, cut]) => String(wire).slice(0, cut)),
    },
    { weight: 12, arbitrary: badBytes },
    { weight: 12, arbitrary: badText },
    { weight: 1, arbitrary: huge },
  );
}

const unknownFrame: fc.Arbitrary<Wire> = fc.record({
  type: fc.stringMatching(/^x[a-z-]{1,20}$/),
  anything: fc.jsonValue({ maxDepth: 2 }),
}).map((frame) => JSON.stringify(frame));

export { channels, nasty, seqs };

export function bytesOf(wire: Wire): Uint8Array<ArrayBuffer> {
  return typeof wire === "string" ? new TextEncoder().encode(wire) : wire.bytes;
}

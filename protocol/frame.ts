import * as z from "zod";
import { creditFrame } from "./credit.ts";
import { ProtocolError, wireError } from "./errors.ts";
import { hello, helloError, helloOk } from "./hello.ts";
import { channelId, columns, idempotencyKey, requestId, rows, seq, sessionId } from "./ids.ts";

/** Either end asks. SPEC [RQ1]. */
export const reqFrame = z.object({
  type: z.literal("req"),
  id: requestId,
  method: z.string().min(1).max(64),
  params: z.record(z.string(), z.unknown()).default({}),
  idempotencyKey: idempotencyKey.optional(),
  /** Whose request this is: set by the relay towards a host, dropped when a client sends it. SPEC [RL3]. */
  principal: z.string().min(1).max(128).optional(),
});
export type ReqFrame = z.infer<typeof reqFrame>;

/** The answer, or for long work (`accepted`) word that it has begun and a final `res` follows. SPEC [RQ3]. */
export const resFrame = z.union([
  z.object({ type: z.literal("res"), id: requestId, ok: z.literal(true), payload: z.unknown() }),
  z.object({
    type: z.literal("res"),
    id: requestId,
    ok: z.literal(true),
    accepted: z.literal(true),
  }),
  z.object({ type: z.literal("res"), id: requestId, ok: z.literal(false), error: wireError }),
]);
export type ResFrame =
  | { type: "res"; id: string; ok: true; payload: unknown }
  | { type: "res"; id: string; ok: true; accepted: true }
  | { type: "res"; id: string; ok: false; error: z.infer<typeof wireError> };

/** News. `seq` counts the events sent in this socket from 1; a gap means some were dropped. SPEC [EV2]. */
export const eventFrame = z.object({
  type: z.literal("event"),
  event: z.string().min(1).max(64),
  payload: z.unknown(),
  seq: z.int().min(1),
  stateVersion: z.int().min(0),
});
export type EventFrame = z.infer<typeof eventFrame>;

/** Either end, at least each tick interval; answered at once. SPEC [HB1]. */
export const pingFrame = z.object({ type: z.literal("ping"), id: z.int().min(0) });
export const pongFrame = z.object({ type: z.literal("pong"), id: z.int().min(0) });

/** Host → viewer: input below `seq` is in the session and must not be sent again. SPEC [IN2]. */
export const inputAckFrame = z.object({ type: z.literal("input-ack"), channel: channelId, seq });

/** Host → viewer: forget the screen; a full paint of this size follows from `seq`. SPEC [AT3]. */
export const resyncFrame = z.object({
  type: z.literal("resync"),
  channel: channelId,
  seq,
  epoch: z.string().max(64),
  cols: columns,
  rows: rows,
});

/** Host → viewer: the session's size, and whether this viewer holds it. SPEC [SZ1]. */
export const sizeFrame = z.object({
  type: z.literal("size"),
  channel: channelId,
  cols: columns,
  rows: rows,
  holdsSize: z.boolean(),
});

/** Host → viewer, or the relay in its name: the channel is free again. SPEC [CH2]. */
export const closedFrame = z.object({
  type: z.literal("closed"),
  channel: channelId,
  reason: z.enum(["ended", "detached", "host-offline", "replaced", "failed"]),
});
export type ClosedReason = z.infer<typeof closedFrame>["reason"];

/** Relay → host: the session's turns up to `outbox` need not be told again. SPEC [TU7]. */
export const turnAckFrame = z.object({
  type: z.literal("turn-ack"),
  session: sessionId,
  outbox: z.int().min(0),
});

/**
 * Either end, between relay and host: no more bytes of a file travel on `channel`. `done`: all were
 * sent. SPEC [FI5].
 */
export const fileEndFrame = z.object({
  type: z.literal("file-end"),
  channel: channelId,
  outcome: z.enum(["done", "changed", "failed", "cancelled"]),
  error: wireError.optional(),
});
export type FileEndFrame = z.infer<typeof fileEndFrame>;

/** Frames that belong to a channel; the relay relabels and passes them on. SPEC [RL2]. */
export const channelFrame = z.discriminatedUnion("type", [
  creditFrame,
  inputAckFrame,
  resyncFrame,
  sizeFrame,
  closedFrame,
]);
export type ChannelFrame = z.infer<typeof channelFrame>;

const known = {
  hello,
  "hello-ok": helloOk,
  "hello-error": helloError,
  req: reqFrame,
  res: resFrame,
  event: eventFrame,
  ping: pingFrame,
  pong: pongFrame,
  credit: creditFrame,
  "input-ack": inputAckFrame,
  resync: resyncFrame,
  size: sizeFrame,
  closed: closedFrame,
  "turn-ack": turnAckFrame,
  "file-end": fileEndFrame,
} as const;

export const frameSchemas: Readonly<Record<keyof typeof known, z.ZodType>> = known;

type Known = typeof known;
export type Frame = { [T in keyof Known]: z.infer<Known[T]> }[keyof Known];
export type FrameType = keyof Known;
export type FrameOf<T extends FrameType> = z.infer<Known[T]>;

/** A frame of a type this version does not know is skipped, not refused. SPEC [FR2]. */
export type ParsedFrame = { state: "frame"; frame: Frame } | { state: "unknown"; type: string };

const envelope = z.object({ type: z.string().min(1).max(64) });

/** @throws ProtocolError INVALID_REQUEST if the text is not JSON or does not fit its type's schema */
export function parseFrame(text: string): ParsedFrame {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new ProtocolError("INVALID_REQUEST", "Cannot parse a frame: not JSON", { cause });
  }
  const head = envelope.safeParse(json);
  if (!head.success) {
    throw new ProtocolError("INVALID_REQUEST", "Cannot parse a frame: no type");
  }
  const type = head.data.type;
  if (!Object.hasOwn(known, type)) return { state: "unknown", type };
  const parsed = known[type as FrameType].safeParse(json);
  if (parsed.success) return { state: "frame", frame: parsed.data as Frame };
  throw new ProtocolError(
    "INVALID_REQUEST",
    `Cannot parse a "${type}" frame: ${issues(parsed.error)}`,
  );
}

export function encodeFrame(frame: Frame): string {
  return JSON.stringify(frame);
}

/** One line that names the fields at fault and repeats none of their contents. */
export function issues(error: z.ZodError): string {
  return error.issues.slice(0, 3)
    .map((issue) => `${issue.path.join(".") || "frame"}: ${issue.message}`)
    .join("; ")
    .slice(0, 300);
}

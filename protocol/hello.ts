import * as z from "zod";
import { wireError } from "./errors.ts";
import { snapshot } from "./events.ts";
import { hostFacts, hostLoad } from "./host.ts";
import { unixMs } from "./ids.ts";
import { session } from "./session.ts";

const protocolVersion = z.int().min(1).max(1_000);

export const clientInfo = z.object({
  name: z.string().min(1).max(64),
  version: z.string().min(1).max(64),
  /** "operator" drives; "host" is a gateway. SPEC [HE2]. */
  role: z.enum(["operator", "host"]),
});

/** Dialler → relay, the first frame. SPEC [HE1]. */
export const hello = z.object({
  type: z.literal("hello"),
  minProtocol: protocolVersion,
  maxProtocol: protocolVersion,
  client: clientInfo,
  caps: z.array(z.string().max(64)).max(64).default([]),
  /** Only from a host: what it is and what already runs on it. */
  host: z.object({ facts: hostFacts, load: hostLoad, sessions: z.array(session).max(1_000) })
    .optional(),
});
export type Hello = z.infer<typeof hello>;

/** What the relay holds the peer to. SPEC [HE5]. */
export const policy = z.object({
  maxPayload: z.int().positive(),
  maxBufferedBytes: z.int().positive(),
  tickIntervalMs: z.int().positive(),
  creditWindowBytes: z.int().positive(),
  inputWindowBytes: z.int().positive(),
  maxChannels: z.int().positive(),
  maxInFlight: z.int().positive(),
});
export type Policy = z.infer<typeof policy>;

/** Relay → dialler. `snapshot` only to operators. SPEC [HE4]. */
export const helloOk = z.object({
  type: z.literal("hello-ok"),
  protocol: protocolVersion,
  server: z.object({ name: z.string(), version: z.string(), instance: z.string() }),
  /** The relay's clock, so that ages can be shown on a device whose clock is wrong. */
  atMs: unixMs,
  features: z.object({ methods: z.array(z.string()), events: z.array(z.string()) }),
  snapshot: snapshot.optional(),
  policy,
});
export type HelloOk = z.infer<typeof helloOk>;

/** Relay → dialler; the socket is closed after it. SPEC [HE3]. */
export const helloError = z.object({ type: z.literal("hello-error"), error: wireError });
export type HelloError = z.infer<typeof helloError>;

/** The highest version both ends speak, or undefined. SPEC [HE3]. */
export function negotiate(
  ours: { min: number; max: number },
  theirs: { min: number; max: number },
): number | undefined {
  const highest = Math.min(ours.max, theirs.max);
  return highest >= Math.max(ours.min, theirs.min) ? highest : undefined;
}

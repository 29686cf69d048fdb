import * as z from "zod";
import { channelId, columns, hostId, rows, seq, sessionId, viewerId } from "../ids.ts";
import { CREDIT_WINDOW_BYTES, MAX_HISTORY_LINES } from "../limits.ts";
import { method } from "./method.ts";

const size = { cols: columns, rows: rows };

export const attachParams = z.object({
  host: hostId,
  session: sessionId,
  /** A number that no open channel of this socket has. */
  channel: channelId,
  viewer: viewerId,
  ...size,
  /** Output bytes the host may send before the first credit frame. */
  creditBytes: z.int().min(0).max(CREDIT_WINDOW_BYTES),
  readOnly: z.boolean().optional(),
  /** Whether a person looks at it now; a viewer in the background never holds the size. SPEC [SZ3]. */
  foreground: z.boolean().optional(),
  /** Where this viewer stopped: asks for a replay instead of a new paint. SPEC [AT2]. */
  resume: z.object({ epoch: z.string().max(64), seq }).optional(),
});
export type AttachParams = z.infer<typeof attachParams>;

export const attachResult = z.object({
  /** Names this run of output; a seq means nothing under another epoch. SPEC [AT2]. */
  epoch: z.string().max(64),
  /** `replay`: output goes on at the asked seq. `resync`: a `resync` frame and a paint follow. */
  outcome: z.enum(["replay", "resync"]),
  /** The next input byte the host expects: what lies below was typed already. SPEC [IN2]. */
  inputSeq: seq,
  ...size,
  holdsSize: z.boolean(),
  readOnly: z.boolean(),
});
export type AttachResult = z.infer<typeof attachResult>;

export const terminalMethods = {
  "terminal.attach": method(attachParams, attachResult, { answeredBy: "host" }),
  /** Ends the view, never the session. `keep`: the viewer may come back within the grace. SPEC [AT5]. */
  "terminal.detach": method(
    z.object({ channel: channelId, keep: z.boolean().optional() }),
    z.object({}),
    { answeredBy: "host" },
  ),
  /** Asks for a size; granted only to the viewer that holds the size, or that takes it. SPEC [SZ2]. */
  "terminal.resize": method(
    z.object({ channel: channelId, ...size, take: z.boolean().optional() }),
    z.object({ ...size, holdsSize: z.boolean() }),
    { answeredBy: "host" },
  ),
  /** The tab came to the foreground, or left it. SPEC [SZ3]. */
  "terminal.focus": method(
    z.object({ channel: channelId, foreground: z.boolean() }),
    z.object({}),
    {
      answeredBy: "host",
    },
  ),
  /** Lines that scrolled off the top, oldest first, with SGR colours. SPEC [HI1]. */
  "terminal.history": method(
    z.object({
      host: hostId,
      session: sessionId,
      /** Line 0 is the oldest one kept. */
      start: z.int().min(0),
      count: z.int().min(1).max(MAX_HISTORY_LINES),
    }),
    z.object({
      historySize: z.int().min(0),
      start: z.int().min(0),
      cols: columns,
      lines: z.array(z.string()).max(MAX_HISTORY_LINES),
    }),
    { answeredBy: "host" },
  ),
} as const;

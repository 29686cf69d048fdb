import * as z from "zod";

const word = (max: number) => new RegExp(`^[A-Za-z0-9_-]{1,${max}}$`);

/** A machine with a gateway. SPEC [ID1]. */
export const hostId = z.string().regex(word(64)).brand<"HostId">();
export type HostId = z.infer<typeof hostId>;

/** A tmux session on one host; also its tmux name, hence the narrow alphabet. SPEC [ID1]. */
export const sessionId = z.string().regex(word(64)).brand<"SessionId">();
export type SessionId = z.infer<typeof sessionId>;

/** One browser tab's view of one session; chosen by the client, kept over reconnects. SPEC [ID2]. */
export const viewerId = z.string().regex(/^[A-Za-z0-9_-]{16,64}$/).brand<"ViewerId">();
export type ViewerId = z.infer<typeof viewerId>;

/** A numbered lane in one socket; chosen by whoever sends `terminal.attach`. SPEC [CH1]. */
export const channelId = z.int().min(1).max(0xffff_ffff).brand<"ChannelId">();
export type ChannelId = z.infer<typeof channelId>;

/** Correlates a `res` with its `req`; unique among the sender's unanswered requests. SPEC [RQ1]. */
export const requestId = z.string().min(1).max(64);

/** Makes a side effect happen once however often it is asked for. SPEC [RQ5]. */
export const idempotencyKey = z.string().min(8).max(64);

/** An offset in bytes into one direction of one viewer's stream. SPEC [BY2]. */
export const seq = z.int().min(0);

/** Milliseconds since 1970-01-01T00:00:00Z. */
export const unixMs = z.int().min(0);

export const columns = z.int().min(2).max(500);
export const rows = z.int().min(1).max(300);

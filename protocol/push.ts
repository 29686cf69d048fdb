import * as z from "zod";
import { unixMs } from "./ids.ts";
import { agentId } from "./turn.ts";

/** What a notification is about: the agent is done, asks for leave, or failed. SPEC [PN1]. */
export const pushKind = z.enum(["done", "waiting", "failed"]);
export type PushKind = z.infer<typeof pushKind>;

/** What a browser's `PushSubscription.toJSON()` gives. */
export const pushTarget = z.object({
  endpoint: z.string().max(1_000),
  keys: z.object({ p256dh: z.string().max(100), auth: z.string().max(100) }),
});
export type PushTarget = z.infer<typeof pushTarget>;

const timeOfDay = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/);

/** What one account wants to be told, and when not. SPEC [PN4]. */
export const pushSettings = z.object({
  kinds: z.object({ done: z.boolean(), waiting: z.boolean(), failed: z.boolean() }),
  /** Nothing from `from` until `to`, as 22:00, in `timeZone`, as Europe/Paris. */
  quiet: z.object({
    from: timeOfDay,
    to: timeOfDay,
    timeZone: z.string().min(1).max(64),
  }).nullable(),
});
export type PushSettings = z.infer<typeof pushSettings>;

/** What a push message holds, as JSON. Only the browser can decrypt it. SPEC [PN2] [PN3]. */
export const pushMessage = z.discriminatedUnion("type", [
  z.object({
    type: z.literal("note"),
    kind: pushKind,
    /** One for each session: a newer note replaces the one that is shown. */
    tag: z.string().max(32),
    /** Where the note leads: `/s/<host>/<session>`. */
    url: z.string().max(200),
    machine: z.string().max(80),
    session: z.string().max(120),
    agent: agentId.optional(),
    /** The first line of what was said or is asked; may be empty. */
    text: z.string().max(200),
    atMs: unixMs,
  }),
  /** Answered or seen elsewhere: the note with this tag, if it is shown, is closed. */
  z.object({ type: z.literal("withdraw"), tag: z.string().max(32) }),
]);
export type PushMessage = z.infer<typeof pushMessage>;

import type { Incoming, IncomingMessage, IncomingPress } from "../in/incoming.ts";

/** The person of whom tests speak. */
export const ADA = { id: 7, name: "Ada" };

const base = (update: number) => ({
  update,
  chat: { id: ADA.id, type: "private" as const, title: "", forum: false },
  from: ADA,
  atMs: 1_700_000_000_000,
});

/** A text message of Ada's in her own chat. */
export function said(
  update: number,
  text: string,
  more: Partial<IncomingMessage> = {},
): IncomingMessage {
  return {
    kind: "message",
    ...base(update),
    message: update,
    thread: null,
    topicName: null,
    text,
    edited: false,
    album: null,
    file: null,
    other: null,
    ...more,
  };
}

export function pressed(
  update: number,
  data: string,
  more: Partial<IncomingPress> = {},
): IncomingPress {
  return {
    kind: "press",
    ...base(update),
    id: `press-${update}`,
    message: 1,
    thread: null,
    data,
    ...more,
  };
}

/** In short, for comparing. */
export function textOf(incoming: Incoming): string {
  return incoming.kind === "message" ? incoming.text : incoming.kind;
}

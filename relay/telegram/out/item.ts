import type { TelegramItemRow } from "../../kv/keys.ts";

/** How long a message may wait to be sent; then its words are gone. In milliseconds: a day. */
export const ITEM_KEPT_MS = 24 * 3600_000;

/** A message that waited longer is backlog: it comes after what is new, and joined to its like. */
export const BACKLOG_AGE_MS = 60_000;

/** A message to be put in the outbox. */
export type NewItem = Omit<TelegramItemRow, "state" | "tries" | "madeAtMs" | "body"> & {
  readonly body:
    | Extract<TelegramItemRow["body"], { type: "text" }>
    | {
      readonly type: "document";
      readonly text: string;
      readonly entities: TelegramItemRow["body"]["entities"];
      readonly name: string;
      readonly content: string;
    };
};

/** What is known in memory of a message that waits: enough to choose the next. */
export interface WaitingItem {
  readonly id: string;
  readonly chat: number;
  /** Of the row as it was last written. */
  versionstamp: string;
  /** It was being sent when the relay stopped: `after` that message, in one with all of its `joint`. */
  doubt?: { readonly after: number | null; readonly joint: string } | undefined;
  /** The store failed while it was written as `sending`, and Telegram was not asked. */
  isUnsure?: boolean;
  readonly about: TelegramItemRow["about"];
  readonly priority: TelegramItemRow["priority"];
  readonly kind: TelegramItemRow["kind"];
  readonly group: string;
  readonly type: TelegramItemRow["body"]["type"];
  /** UTF-16 units and entities of its text. */
  readonly units: number;
  readonly entities: number;
  readonly hasButtons: boolean;
  readonly madeAtMs: number;
}

export function waitingItem(id: string, row: TelegramItemRow, versionstamp: string): WaitingItem {
  const { chat, about, priority, kind, group, body, madeAtMs, state, after, joint } = row;
  return {
    id,
    chat,
    versionstamp,
    about,
    priority,
    kind,
    group,
    type: body.type,
    units: body.text.length,
    entities: body.entities.length,
    hasButtons: body.type === "text" && body.buttons.length > 0,
    madeAtMs,
    ...(state === "sending" && { doubt: { after: after ?? null, joint: joint ?? id } }),
  };
}

/** Goes before all else in a chat, whatever waits for its session. */
export function isAhead({ priority }: Pick<WaitingItem, "priority">): boolean {
  return priority === "approval" || priority === "reply";
}

/**
 * Whether a second copy does no harm: an approval is answered once, by whichever button; and whoever
 * asks is better told twice than never.
 */
export function mayBeTwice(item: Pick<WaitingItem, "priority">): boolean {
  return isAhead(item);
}

/** Names the place of an item in its chat: its session, or the chat itself. */
export function placeOf(about: TelegramItemRow["about"]): string {
  return about === null ? "" : `${about.host} ${about.session}`;
}

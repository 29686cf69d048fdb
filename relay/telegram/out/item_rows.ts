import { rows, type TelegramItemRow } from "../../kv/keys.ts";
import type { Commit } from "../../kv/store.ts";
import { ITEM_KEPT_MS, type NewItem, type WaitingItem } from "./item.ts";
import { MAX_PARTS, partsOf } from "./parts.ts";

/** How an item stands in the store: a row, and rows for the parts of a document. */
export interface StoredItem {
  readonly id: string;
  readonly row: TelegramItemRow;
  /** A document's. */
  readonly content?: string | undefined;
}

export function storedItem(id: string, { body, ...item }: NewItem, madeAtMs: number): StoredItem {
  const common = { ...item, state: "queued" as const, tries: 0, madeAtMs };
  if (body.type === "text") return { id, row: { ...common, body } };
  const { content, ...kept } = body;
  return { id, row: { ...common, body: { ...kept, parts: partsOf(content).length } }, content };
}

/** Adds it to `commit`. It goes a day after it was made, whenever it is written. */
export function writeItem(commit: Commit, { id, row, content }: StoredItem, nowMs: number): void {
  const expiry = expiryOf(row, nowMs);
  commit.set(rows.telegramItem(row.chat, id), row, expiry);
  if (content === undefined) return;
  partsOf(content).forEach((part, at) => {
    commit.set(rows.telegramItemPart(row.chat, id, at), part, expiry);
  });
}

/** Adds its end to `commit`. */
export function eraseItem(commit: Commit, { chat, id, type }: WaitingItem): void {
  commit.delete(rows.telegramItem(chat, id));
  if (type !== "document") return;
  for (let part = 0; part < MAX_PARTS; part++) commit.delete(rows.telegramItemPart(chat, id, part));
}

export function expiryOf({ madeAtMs }: TelegramItemRow, nowMs: number): { expireInMs: number } {
  return { expireInMs: Math.max(1, madeAtMs + ITEM_KEPT_MS - nowMs) };
}

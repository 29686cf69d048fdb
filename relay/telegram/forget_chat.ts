import { prefixes, rows } from "../kv/keys.ts";
import type { Row } from "../kv/row.ts";
import type { Store } from "../kv/store.ts";
import { MAX_PARTS } from "./out/parts.ts";

/** Rows of one kind that are read at once. */
const MAX_ROWS = 100_000;

/**
 * Deletes all that is known of a chat: topics, what waits to be sent, approvals that were asked there,
 * buttons of files, and what shows how work goes on. Only marks without words stay until they expire.
 */
export async function forgetChat(store: Store, chat: number): Promise<void> {
  const limit = MAX_ROWS;
  const gone: Row<unknown>[] = [rows.telegramChat(chat), rows.telegramPace(chat)];
  for await (const { value } of store.list(prefixes.telegramTopicsIn(chat), { limit })) {
    gone.push(rows.telegramTopic(chat, value.host, value.session));
    if (value.thread !== null) gone.push(rows.telegramThread(chat, value.thread));
  }
  for await (const { key, value } of store.list(prefixes.telegramItemsIn(chat), { limit })) {
    const id = String(key.at(-1));
    gone.push(rows.telegramItem(chat, id));
    if (value.body.type === "text") continue;
    for (let part = 0; part < MAX_PARTS; part++) gone.push(rows.telegramItemPart(chat, id, part));
  }
  for await (const { value } of store.list(prefixes.telegramCards, { limit })) {
    if (value.chat === chat) gone.push(rows.telegramCard(value.id));
  }
  for await (const { key, value } of store.list(prefixes.telegramFiles, { limit })) {
    if (value.chat === chat) gone.push(rows.telegramFile(String(key.at(-1))));
  }
  for await (const { value } of store.list(prefixes.telegramProgressIn(chat), { limit })) {
    gone.push(rows.telegramProgress(chat, value.host, value.session));
  }
  for (const row of gone) await store.delete(row);
}

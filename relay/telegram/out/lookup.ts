import { type Clock, sleep } from "@chatcode/kit";
import type { Outcome } from "./outcome.ts";
import type { MessageIds } from "./message_ids.ts";

/** Before the first look, in milliseconds: a call that broke off may still be worked on. */
export const LOOKUP_DELAY_MS = 3_000;

/** Ids in a row that are nobody's, after which a message is taken not to be there. */
export const LOOKUP_MISSES = 3;

/** Ids that are tried for one message. */
export const MAX_LOOKUP_IDS = 30;

/** Tries of one id while Telegram cannot be reached, and between two of them, in milliseconds. */
const MAX_TRIES = 60;
const RETRY_MS = 5_000;

export type Found = { state: "there"; id: number } | { state: "absent" } | {
  state: "unknown";
};

/**
 * Whether a message, or a topic, came to be whose answer did not. Telegram cannot be asked for messages, but an edit
 * that would change nothing is refused as such (https://core.telegram.org/bots/api#editmessagetext),
 * and so tells that the message stands there. The message, if it is there, has one of the first ids
 * after those that were known when it was sent; nothing else of ours can have one of them, since a
 * chat's calls are made one after the other.
 * @param edit makes the message or topic `id` what is looked for
 */
export async function lookUp(
  { chat, after }: { chat: number; after: number },
  edit: (id: number) => Promise<Outcome<unknown>>,
  { ids, clock, signal }: { ids: MessageIds; clock: Clock; signal: AbortSignal },
): Promise<Found> {
  await sleep(clock, LOOKUP_DELAY_MS, signal);
  let [misses, tried, tries] = [0, 0, 0];
  for (let id = after + 1; tried < MAX_LOOKUP_IDS;) {
    if (ids.has(chat, id)) {
      id += 1;
      continue;
    }
    const outcome = await edit(id);
    switch (outcome.state) {
      case "done":
        return { state: "there", id };
      case "refused":
        if (outcome.code === "same") return { state: "there", id };
        if (outcome.code !== "message" && outcome.code !== "thread") return { state: "unknown" };
        // What stands there and is not ours counts as a step on, not as the end.
        misses = /not found|invalid/i.test(outcome.why) ? misses + 1 : 0;
        if (misses >= LOOKUP_MISSES && id >= (ids.last(chat) ?? 0)) return { state: "absent" };
        id += 1;
        tried += 1;
        tries = 0;
        continue;
      case "limited":
        continue; // the next call waits for as long as Telegram said
      case "later":
      case "unknown":
        // The edit may have been done: the same again tells.
        if (++tries >= MAX_TRIES) return { state: "unknown" };
        await sleep(clock, RETRY_MS, signal);
        continue;
      case "shut":
      case "migrated":
        return { state: "unknown" };
      default:
        outcome satisfies never;
    }
  }
  return { state: "unknown" };
}

import { rows, type TelegramDialogueRow } from "../../kv/keys.ts";
import type { Store } from "../../kv/store.ts";
import type { Place } from "./replies.ts";

/** How long a question of ours can be answered, in milliseconds. */
export const DIALOGUE_MS = 3600_000;

/** What is being asked where: one thing at a time in each place. */
export class Dialogues {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  async get({ chat, thread }: Place): Promise<TelegramDialogueRow | null> {
    return await this.#store.get(rows.telegramDialogue(chat, thread));
  }

  /** The one that a button was made for; another, or none, is asked by now: `null`. */
  async of<K extends TelegramDialogueRow["kind"]>(
    place: Place,
    kind: K,
    id: string | undefined,
  ): Promise<Extract<TelegramDialogueRow, { kind: K }> | null> {
    const dialogue = await this.get(place);
    if (dialogue?.kind !== kind || dialogue.id !== id) return null;
    return dialogue as Extract<TelegramDialogueRow, { kind: K }>;
  }

  /** In place of what was asked there before. */
  async set({ chat, thread }: Place, dialogue: TelegramDialogueRow): Promise<void> {
    const row = rows.telegramDialogue(chat, thread);
    await this.#store.set(row, dialogue, { expireInMs: DIALOGUE_MS });
  }

  async end({ chat, thread }: Place): Promise<void> {
    await this.#store.delete(rows.telegramDialogue(chat, thread));
  }
}

/** For the buttons of one dialogue: those of an earlier one do nothing. */
export function newDialogueId(): string {
  return crypto.randomUUID().slice(0, 8);
}

import type { Clock } from "@chatcode/kit";
import type { Attention } from "../../attention.ts";
import { isQuiet } from "../../push/push_settings.ts";
import type { Chats } from "../chats.ts";
import type { TelegramSettingsBook } from "../settings.ts";
import type { WaitingItem } from "./item.ts";

/** Of a backlog one message makes a sound, and the next one after this. In milliseconds. */
export const BACKLOG_SOUND_MS = 10 * 60_000;

interface Parts {
  readonly chats: Chats;
  readonly settings: Pick<TelegramSettingsBook, "get">;
  readonly attention: Attention;
  readonly clock: Clock;
}

/** Decides, at the moment a message is sent, whether it may make a sound. */
export class Bell {
  readonly #parts: Parts;
  readonly #backlogRangMs = new Map<number, number>();

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  async mayRing({ about, chat }: WaitingItem, isBacklog: boolean): Promise<boolean> {
    const { attention, chats, clock, settings } = this.#parts;
    const row = await chats.chat(chat);
    if (row === null) return false;
    const { account } = row;
    const wanted = await settings.get(account);
    if (isQuiet(wanted, clock.now())) return false;
    if (wanted.onlyWhenAway && about && attention.isOn({ account, ...about })) return false;
    if (!isBacklog) return true;
    const rangMs = this.#backlogRangMs.get(chat) ?? -Infinity;
    if (rangMs > clock.now() - BACKLOG_SOUND_MS) return false;
    this.#backlogRangMs.set(chat, clock.now());
    return true;
  }
}

import type { Clock, Log } from "@chatcode/kit";
import { rows, type TelegramChatRow } from "../../kv/keys.ts";
import type { Store } from "../../kv/store.ts";
import type { Chats } from "../chats.ts";
import type { Budget } from "./budget.ts";
import type { WaitingItem } from "./item.ts";
import { Lane } from "./lane.ts";
import type { Outbox } from "./outbox.ts";

interface Parts {
  readonly store: Store;
  readonly chats: Chats;
  readonly budget: Budget;
  readonly outbox: Outbox;
  readonly clock: Clock;
  readonly log: Log;
  /** Whether this instance of the relay may send now. */
  isSender(): boolean;
  /** Sends items as one message, or takes a step towards it: one call at most. */
  send(chat: TelegramChatRow, items: readonly WaitingItem[], isBacklog: boolean): Promise<void>;
}

/** A lane for each chat that is written to, open while the chat may be. */
export class Lanes implements AsyncDisposable {
  readonly #parts: Parts;
  readonly #listening = new DisposableStack();
  readonly #lanes = new Map<number, Lane>();
  /** As they were last read; a chat that is not in it is not sent to. */
  readonly #rows = new Map<number, TelegramChatRow>();
  #reading: Promise<void> = Promise.resolve();

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Reads which chats there are; from then on, whenever that changes. */
  async start(): Promise<void> {
    const { chats, outbox } = this.#parts;
    this.#listening.use(chats.listen(() => void this.refresh()));
    this.#listening.use(outbox.listen((chat) => this.of(chat).wake()));
    await this.#read();
  }

  /** Makes it, if the chat has none. */
  of(chat: number): Lane {
    const lane = this.#lanes.get(chat) ?? this.#open(chat);
    this.#lanes.set(chat, lane);
    return lane;
  }

  /** Why nothing is sent to a chat, if that is so. */
  suspended(chat: number): TelegramChatRow["suspended"] {
    return this.#rows.get(chat)?.suspended ?? null;
  }

  /** Reads the chats again, soon. */
  refresh(): Promise<void> {
    return this.#reading = this.#reading.then(() => this.#read()).catch((error: unknown) =>
      this.#parts.log.warn("telegram.chats_not_read", { error })
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listening.dispose();
    await Promise.all([...this.#lanes.values()].map((lane) => lane[Symbol.asyncDispose]()));
    await this.#reading;
  }

  #open(chat: number): Lane {
    const { budget, chats, clock, log, outbox, store } = this.#parts;
    let isPaced = false;
    void store.get(rows.telegramPace(chat)).then((pace) => {
      if (pace !== null) budget.restore(chat, pace);
    }).catch((error: unknown) => log.warn("telegram.pace_not_read", { error })).finally(() => {
      isPaced = true;
      lane.wake();
    });
    const lane = new Lane(chat, {
      budget,
      outbox,
      clock,
      log,
      isOpen: () => isPaced && this.#parts.isSender() && this.#rows.get(chat)?.suspended === null,
      send: async (items, { isBacklog }) => {
        const row = await chats.chat(chat);
        if (row === null) return await outbox.clear(chat);
        await this.#parts.send(row, items, isBacklog);
      },
      expire: (items) =>
        outbox.lost(items, { outcome: "expired", why: "it waited a day, or we failed" }),
    });
    return lane;
  }

  async #read(): Promise<void> {
    const gone = new Set(this.#rows.keys());
    for (const row of await this.#parts.chats.chats()) {
      this.#rows.set(row.id, row);
      gone.delete(row.id);
    }
    for (const chat of gone) {
      this.#rows.delete(chat);
      await this.#parts.outbox.clear(chat);
    }
    for (const lane of this.#lanes.values()) lane.wake();
  }
}

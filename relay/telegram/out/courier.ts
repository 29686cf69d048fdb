import { type Clock, type Log, Redial } from "@chatcode/kit";
import type { Message } from "grammy/types";
import type { TelegramChatRow, TelegramItemRow } from "../../kv/keys.ts";
import { KvError } from "../../kv/kv_error.ts";
import type { Commit } from "../../kv/store.ts";
import type { Chats } from "../chats.ts";
import type { Calls } from "./calls.ts";
import { mayBeTwice, type WaitingItem } from "./item.ts";
import { lookUp } from "./lookup.ts";
import { editCall, joinedBody, type Outgoing, sendCall } from "./message_call.ts";
import type { MessageIds } from "./message_ids.ts";
import type { Outcome } from "./outcome.ts";
import type { Outbox } from "./outbox.ts";
import type { About, Topics } from "./topics.ts";

/** After a failure that says that nothing was done, at first; then twice as long, up to the cap. */
export const AGAIN_MS = 1_000;
export const AGAIN_CAP_MS = 60_000;

/** Tries of a message whose topic Telegram says is closed. */
const MAX_REOPENINGS = 3;

interface Parts {
  readonly outbox: Outbox;
  readonly topics: Topics;
  readonly chats: Chats;
  readonly calls: Calls;
  readonly ids: MessageIds;
  readonly clock: Clock;
  readonly log: Log;
  /** The relay stops. */
  readonly signal: AbortSignal;
  /** What a session is called where it has no topic. */
  labelOf(about: About): string;
  /** Whether a message about it may make a sound now. */
  mayRing(item: WaitingItem, isBacklog: boolean): Promise<boolean>;
  /** Whether what its message is remembered for still makes sense. */
  isWanted(card: string): Promise<boolean>;
  /** A card's message is there: adds its id to the commit that says so. */
  onCard(card: string, chat: number, message: number, commit: Commit): Promise<void>;
  /** The chat is not to be called for a while. */
  hold(chat: number, ms: number): void;
  /** A message about it may be missing. */
  onLost(items: readonly WaitingItem[]): Promise<void>;
}

/** Items that go as one message, and that message. */
interface Parcel {
  readonly items: readonly WaitingItem[];
  readonly rows: readonly TelegramItemRow[];
  readonly message: Outgoing;
}

/** Takes items from the outbox to Telegram and writes down what came of it. */
export class Courier {
  readonly #parts: Parts;
  readonly #failures = new Map<number, number>();

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Sends `items` as one message, or makes the topic they need first. */
  async send(chat: TelegramChatRow, items: readonly WaitingItem[], isBacklog: boolean) {
    const { calls, ids, outbox, topics } = this.#parts;
    const [first] = items;
    if (first === undefined) return;
    const wholes = await Promise.all(items.map((item) => outbox.read(item)));
    const [whole] = wholes;
    const isDoubtful = first.doubt !== undefined;
    const { card } = whole?.row ?? {};
    if (card !== undefined && !isDoubtful && !await this.#parts.isWanted(card)) {
      return await outbox.settle(items);
    }
    const place = first.about === null
      ? { state: "plain" as const }
      : await topics.placeOf(chat, first.about);
    if (place.state === "missing" && !isDoubtful) return await topics.make(chat, first.about!);
    const rows = wholes.flatMap((whole) => whole ? [whole.row] : []);
    const body = rows.length > 1 ? joinedBody(rows) : rows[0]?.body;
    if (body === undefined) return await outbox.settle(items);
    const isNamed = place.state === "plain" && first.about !== null;
    const message: Outgoing = {
      chat: chat.id,
      body,
      content: whole?.content,
      thread: place.state === "thread" ? place.thread : undefined,
      label: isNamed ? this.#parts.labelOf(first.about) : undefined,
      isPlain: rows.some(({ plain }) => plain),
      to: rows[0]?.to,
      rings: rows.some(({ sound }) => sound) && await this.#parts.mayRing(first, isBacklog),
    };
    const parcel = { items, rows, message };
    if (first.doubt) {
      return await this.#lookUp(parcel, first.doubt.after, "the relay stopped while it was sent");
    }
    const after = ids.last(chat.id) ?? null;
    if (!await outbox.begin(items, after)) return;
    let outcome: Outcome<Message>;
    try {
      outcome = await calls.make(chat.id, sendCall(message), { isFollowedUp: true });
    } catch (error) {
      await outbox.retry(items); // the relay stops, and nothing was asked
      throw error;
    }
    if (outcome.state === "unknown") return await this.#lookUp(parcel, after, outcome.why);
    await this.#surely(() => this.#settle(chat, parcel, outcome));
  }

  /**
   * Telegram has answered: as long as that is not written down, nothing else may be sent there, least
   * of all the same again. If the relay stops before, a restart takes it for unknown.
   */
  async #surely(write: () => Promise<void>): Promise<void> {
    const { clock, log, signal } = this.#parts;
    const redial = new Redial({ clock });
    for (;;) {
      try {
        return await write();
      } catch (error) {
        if (!(error instanceof KvError)) throw error;
        log.warn("telegram.not_written_down", { error });
        await redial.wait(signal);
      }
    }
  }

  /** It may be there or not. */
  async #lookUp(parcel: Parcel, after: number | null, why: string): Promise<void> {
    const { calls, ids, log, outbox } = this.#parts;
    const { items, message } = parcel;
    const { chat } = message;
    const found = after === null ? { state: "unknown" as const } : await lookUp(
      { chat, after },
      (id) => calls.make(chat, editCall(message, id)),
      this.#parts,
    );
    log.info("telegram.looked_up", { chat, found: found.state, why });
    if (found.state === "there") {
      ids.sent(chat, found.id);
      return await this.#surely(() => this.#sent(parcel, found.id));
    }
    if (found.state === "absent") return await this.#surely(() => outbox.retry(items));
    ids.lose(chat);
    if (mayBeTwice(items[0]!)) return await this.#surely(() => outbox.retry(items));
    await this.#surely(() => this.#lose(items, "unknown", why));
  }

  async #sent({ items, rows, message: { chat } }: Parcel, message: number): Promise<void> {
    const [card] = rows.flatMap(({ card }) => card ?? []);
    await this.#parts.outbox.settle(items, async (commit) => {
      if (card !== undefined) await this.#parts.onCard(card, chat, message, commit);
    });
  }

  async #lose(items: readonly WaitingItem[], outcome: "unknown" | "refused", why: string) {
    await this.#parts.outbox.lost(items, { outcome, why });
    await this.#parts.onLost(items);
  }

  async #settle(
    chat: TelegramChatRow,
    parcel: Parcel,
    outcome: Exclude<Outcome<Message>, { state: "unknown" }>,
  ): Promise<void> {
    const { chats, log, outbox, topics } = this.#parts;
    const { items, message: { thread } } = parcel;
    if (outcome.state !== "later") this.#failures.delete(chat.id);
    switch (outcome.state) {
      case "done": {
        const { message_id: message, message_thread_id: shownIn } = outcome.result;
        if (thread !== undefined && shownIn !== thread) {
          await topics.lost(chat.id, items[0]!.about!, thread);
          if (await this.#takeBack(chat.id, message)) return await outbox.retry(items);
        }
        return await this.#sent(parcel, message);
      }
      case "limited":
        return await outbox.retry(items);
      case "later":
        await outbox.retry(items);
        return this.#hold(chat.id, outcome.why);
      case "shut":
        await outbox.retry(items);
        log.info("telegram.suspended", { chat: chat.id, why: outcome.why });
        return await chats.suspend(chat.id, outcome.why);
      case "migrated":
        await outbox.retry(items);
        await chats.migrate(chat.id, outcome.to);
        return await outbox.move(chat.id, outcome.to);
      case "refused":
        return await this.#refused(chat.id, parcel, outcome);
      default:
        outcome satisfies never;
    }
  }

  async #refused(
    chat: number,
    { items, rows, message: { isPlain, thread } }: Parcel,
    { code, why }: Extract<Outcome<Message>, { state: "refused" }>,
  ): Promise<void> {
    const { log, outbox, topics } = this.#parts;
    const { about, kind } = items[0]!;
    if (code === "token") return await outbox.retry(items);
    if (code === "thread" && thread !== undefined && about !== null) {
      await topics.lost(chat, about, thread);
      return await outbox.retry(items);
    }
    if (code === "closed" && about !== null && (rows[0]?.tries ?? 0) < MAX_REOPENINGS) {
      await outbox.retry(items);
      return await topics.reopen(chat, about);
    }
    log.warn("telegram.refused", { chat, kind, why });
    // Once without its form: a text that is read is worth more than one that looks well.
    if (!isPlain) return await outbox.retry(items, { plain: true });
    log.error("telegram.given_up", { chat, kind, why });
    await this.#lose(items, "refused", why);
  }

  /** What Telegram put elsewhere than it was asked to. @returns whether it is gone for sure */
  async #takeBack(chat: number, message: number): Promise<boolean> {
    const outcome = await this.#parts.calls.make(
      chat,
      (raw, signal) => raw.deleteMessage({ chat_id: chat, message_id: message }, signal),
    );
    return outcome.state === "done";
  }

  #hold(chat: number, why: string): void {
    const failures = (this.#failures.get(chat) ?? 0) + 1;
    this.#failures.set(chat, failures);
    const ms = Math.min(AGAIN_CAP_MS, AGAIN_MS * 2 ** Math.min(failures - 1, 10));
    this.#parts.log.info("telegram.later", { chat, why, ms });
    this.#parts.hold(chat, ms);
  }
}

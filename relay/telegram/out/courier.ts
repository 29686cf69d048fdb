import { type Clock, type Log, Redial } from "@chatcode/kit";
import { InputFile } from "grammy";
import type { Message } from "grammy/types";
import type { TelegramChatRow, TelegramItemRow } from "../../kv/keys.ts";
import { KvError } from "../../kv/kv_error.ts";
import type { Commit } from "../../kv/store.ts";
import type { Chats } from "../chats.ts";
import { bold, italic, join, plain, type RichText } from "../format/mod.ts";
import type { Calls } from "./calls.ts";
import type { WaitingItem } from "./item.ts";
import { JOINT } from "./lane.ts";
import type { Outcome } from "./outcome.ts";
import { mayBeTwice, type Outbox } from "./outbox.ts";
import type { About, Topics } from "./topics.ts";

/** After a failure that says that nothing was done, at first; then twice as long, up to the cap. */
export const AGAIN_MS = 1_000;
export const AGAIN_CAP_MS = 60_000;

interface Parts {
  readonly outbox: Outbox;
  readonly topics: Topics;
  readonly chats: Chats;
  readonly calls: Calls;
  readonly clock: Clock;
  readonly log: Log;
  /** The relay stops. */
  readonly signal: AbortSignal;
  /** What a session is called where it has no topic. */
  labelOf(about: About): string;
  /** Whether a message about it may make a sound now. */
  mayRing(item: WaitingItem, isBacklog: boolean): Promise<boolean>;
  /** Whether an approval's card still makes sense. */
  isWanted(card: string): Promise<boolean>;
  /** A card's message is there: adds its id to the commit that says so. */
  onCard(card: string, chat: number, message: number, commit: Commit): Promise<void>;
  /** The chat is not to be called for a while. */
  hold(chat: number, ms: number): void;
  /** A message about it may be missing. */
  onLost(items: readonly WaitingItem[]): Promise<void>;
}

type Body = TelegramItemRow["body"];

/** Takes items from the outbox to Telegram, one call each time, and writes down what came of it. */
export class Courier {
  readonly #parts: Parts;
  readonly #failures = new Map<number, number>();

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Sends `items` as one message, or makes the topic they need first. */
  async send(chat: TelegramChatRow, items: readonly WaitingItem[], isBacklog: boolean) {
    const { outbox, topics } = this.#parts;
    const [first] = items;
    if (first === undefined) return;
    const wholes = await Promise.all(items.map((item) => outbox.read(item)));
    const [whole] = wholes;
    if (whole?.row.card !== undefined && !await this.#parts.isWanted(whole.row.card)) {
      return await outbox.settle(items);
    }
    const place = first.about === null
      ? { state: "plain" as const }
      : await topics.placeOf(chat, first.about);
    if (place.state === "missing") return await topics.make(chat, first.about!);
    const thread = place.state === "thread" ? place.thread : undefined;
    const label = place.state === "plain" && first.about !== null
      ? this.#parts.labelOf(first.about)
      : undefined;
    const rows = wholes.flatMap((whole) => whole ? [whole.row] : []);
    const rings = rows.some(({ sound }) => sound) && await this.#parts.mayRing(first, isBacklog);
    const content = wholes[0]?.content;
    const body = rows.length > 1 ? joined(rows, isBacklog) : rows[0]?.body;
    if (body === undefined || !await outbox.begin(items)) return;
    const isPlain = rows.some(({ plain }) => plain);
    const message = { body, content, thread, label, isPlain, rings };
    const outcome = await this.#call(chat.id, message);
    await this.#surely(() => this.#settle(chat, items, rows, { outcome, thread, isPlain }));
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

  async #call(
    chat: number,
    { body, content, thread, label, isPlain, rings }: {
      body: Body;
      content: string | undefined;
      thread: number | undefined;
      label: string | undefined;
      isPlain: boolean;
      rings: boolean;
    },
  ): Promise<Outcome<Message>> {
    const rich: RichText = { text: body.text, entities: body.entities };
    const named = label === undefined ? rich : join(bold(label), "\n", rich);
    const { text, entities } = isPlain ? plain(named.text) : named;
    const common = {
      chat_id: chat,
      ...(thread !== undefined && { message_thread_id: thread }),
      disable_notification: !rings,
    };
    if (body.type === "document") {
      const bytes = new TextEncoder().encode(content ?? "");
      const { name } = body;
      return await this.#parts.calls.make(chat, (raw, signal) =>
        raw.sendDocument({
          ...common,
          document: new InputFile(bytes, name),
          caption: text,
          caption_entities: entities,
        }, signal));
    }
    const keyboard = keyboardOf(isPlain ? withoutLinks(body.buttons) : body.buttons);
    return await this.#parts.calls.make(chat, (raw, signal) =>
      raw.sendMessage({
        ...common,
        text,
        entities,
        link_preview_options: { is_disabled: true },
        ...(keyboard && { reply_markup: keyboard }),
      }, signal));
  }

  async #settle(
    chat: TelegramChatRow,
    items: readonly WaitingItem[],
    rows: readonly TelegramItemRow[],
    { outcome, thread, isPlain }: {
      outcome: Outcome<Message>;
      thread: number | undefined;
      isPlain: boolean;
    },
  ): Promise<void> {
    const { chats, log, outbox, topics } = this.#parts;
    const first = items[0]!;
    const { about } = first;
    if (outcome.state !== "later") this.#failures.delete(chat.id);
    switch (outcome.state) {
      case "done": {
        const isElsewhere = thread !== undefined && outcome.result.message_thread_id !== thread;
        if (isElsewhere) {
          await topics.lost(chat.id, about!, thread);
          if (await this.#takeBack(chat.id, outcome.result.message_id)) {
            return await outbox.retry(items);
          }
        }
        const [card] = rows.flatMap(({ card }) => card ?? []);
        const { message_id: message } = outcome.result;
        return await outbox.settle(items, async (commit) => {
          if (card !== undefined) await this.#parts.onCard(card, chat.id, message, commit);
        });
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
      case "unknown":
        if (mayBeTwice(first)) return await outbox.retry(items);
        await outbox.lost(items, { outcome: "unknown", why: outcome.why });
        return await this.#parts.onLost(items);
      case "refused":
        break;
      default:
        outcome satisfies never;
        return;
    }
    if (outcome.code === "token") return await outbox.retry(items);
    if (outcome.code === "thread" && thread !== undefined && about !== null) {
      await topics.lost(chat.id, about, thread);
      return await outbox.retry(items);
    }
    if (outcome.code === "closed" && about !== null && (rows[0]?.tries ?? 0) < 3) {
      await outbox.retry(items);
      return await topics.reopen(chat.id, about);
    }
    log.warn("telegram.refused", { chat: chat.id, kind: first.kind, why: outcome.why });
    // Once without its form: a text that is read is worth more than one that looks well.
    if (!isPlain) return await outbox.retry(items, { plain: true });
    log.error("telegram.given_up", { chat: chat.id, kind: first.kind, why: outcome.why });
    await outbox.lost(items, { outcome: "refused", why: outcome.why });
    await this.#parts.onLost(items);
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

/** Several texts as one, in their order; buttons are the last one's. */
function joined(rows: readonly TelegramItemRow[], isBacklog: boolean): Body {
  const groups = new Set(rows.map(({ group }) => group)).size;
  const heading = isBacklog && groups > 1
    ? [italic(`⏮ ${groups} messages that waited`), "\n\n"]
    : [];
  const texts = rows.flatMap(({ body, group }, at) => {
    const before = rows[at - 1];
    const joint = before === undefined ? [] : [before.group === group ? "\n" : JOINT];
    return [...joint, { text: body.text, entities: body.entities }];
  });
  const buttons = rows.flatMap(({ body }) => body.type === "text" ? [body.buttons] : [])
    .findLast((lines) => lines.length > 0) ?? [];
  return { type: "text", ...join(...heading, ...texts), buttons };
}

type Buttons = Extract<Body, { type: "text" }>["buttons"];

/** A link may be what Telegram did not like. */
function withoutLinks(buttons: Buttons): Buttons {
  return buttons.map((line) => line.filter((button) => !("url" in button)))
    .filter((line) => line.length > 0);
}

export function keyboardOf(buttons: Buttons) {
  if (buttons.length === 0) return undefined;
  return {
    inline_keyboard: buttons.map((line) =>
      line.map((button) =>
        "url" in button
          ? { text: button.text, url: button.url }
          : { text: button.text, callback_data: button.data }
      )
    ),
  };
}

import type { Clock, Log } from "@chatcode/kit";
import type { Turn } from "@chatcode/protocol";
import {
  prefixes,
  rows,
  type TelegramChatRow,
  type TelegramProgressRow,
  type TelegramSettings,
} from "../../kv/keys.ts";
import type { Store } from "../../kv/store.ts";
import type { Chats } from "../chats.ts";
import { bold, join, type RichText } from "../format/mod.ts";
import type { Calls } from "./calls.ts";
import { AGAIN_MS } from "./courier.ts";
import type { Lane } from "./lane.ts";
import type { About, Topics } from "./topics.ts";
import { type Ending, endingLine, Work } from "./work.ts";

/** An exchange that is over by then has no progress message, in milliseconds. */
export const PROGRESS_DELAY_MS = 1_500;

/** Between two edits of one message, in a private chat and in a group. In milliseconds. */
export const PRIVATE_EDIT_MS = 2_500;
export const GROUP_EDIT_MS = 10_000;

/** What happened longer ago is no progress, but told again after a cut. In milliseconds. */
export const PROGRESS_FRESH_MS = 120_000;

/** How long a progress message is known, in milliseconds: a day. */
export const PROGRESS_KEPT_MS = 24 * 3600_000;

/** Tries to make it one line when the exchange is over. */
const MAX_COLLAPSE_TRIES = 5;

/** Progress messages of one chat that are read at once. */
const MAX_PROGRESS = 10_000;

interface Parts {
  readonly store: Store;
  readonly chats: Chats;
  readonly topics: Topics;
  readonly calls: Calls;
  readonly clock: Clock;
  readonly log: Log;
  lane(chat: number): Lane;
  /** What a session is called where it has no topic. */
  labelOf(about: About): string;
}

interface Shown {
  work: Work;
  how: "brief" | "full";
  /** The message; `none`: not asked for yet; `unknown`: asked for, or no longer to be edited. */
  message: number | "none" | "unknown";
  /** What it says. */
  text: string;
  editedAtMs: number;
}

/**
 * One silent message for each exchange, edited in place while the agent works, and made one line when
 * it is over. It decorates: it gives way to everything else, and nothing of it is tried for long. What
 * is kept is which message it is, never what it says.
 */
export class Progress {
  readonly #parts: Parts;
  readonly #shown = new Map<string, Shown>();

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Takes up the messages of a chat that were shown before a restart. */
  async load(chat: number): Promise<void> {
    const { clock, store } = this.#parts;
    const found = store.list(prefixes.telegramProgressIn(chat), { limit: MAX_PROGRESS });
    for await (const { value: { host, session, message, startedAtMs, over } } of found) {
      const about = { host, session };
      if (over !== null) {
        this.#collapseSoon(chat, about, message, endingLine(over));
        continue;
      }
      this.#shown.set(keyOf(chat, about), {
        work: new Work(startedAtMs),
        how: "brief",
        message: message ?? "unknown",
        text: "",
        editedAtMs: clock.now(),
      });
    }
  }

  /** The agent did or said something, and goes on. */
  hear(chat: number, about: About, turn: Turn, how: TelegramSettings["progress"]): void {
    const { clock } = this.#parts;
    if (how === "off" || turn.atMs < clock.now() - PROGRESS_FRESH_MS) return;
    const key = keyOf(chat, about);
    const before = this.#shown.get(key);
    const shown = before ?? {
      work: new Work(clock.now()),
      how,
      message: "none" as const,
      text: "",
      editedAtMs: clock.now(),
    };
    shown.how = how;
    shown.work.hear(turn);
    this.#shown.set(key, shown);
    this.#showSoon(chat, about, shown, before === undefined ? PROGRESS_DELAY_MS : 0);
  }

  /** The exchange is over. Call it when what ends it is in the outbox: that is to come first. */
  async over(chat: number, about: About, ending: Ending): Promise<void> {
    const { clock, lane, store } = this.#parts;
    const key = keyOf(chat, about);
    const shown = this.#shown.get(key);
    if (shown === undefined) return;
    this.#shown.delete(key);
    lane(chat).drop(jobOf(about));
    if (typeof shown.message !== "number") {
      return await store.delete(rows.telegramProgress(chat, about.host, about.session));
    }
    const { message, work } = shown;
    await this.#keep(chat, about, { message, startedAtMs: work.startedAtMs, over: ending });
    this.#collapseSoon(chat, about, message, work.line(ending, clock.now()));
  }

  #showSoon(chat: number, about: About, shown: Shown, delayMs: number): void {
    if (shown.message === "unknown") return;
    const everyMs = chat < 0 ? GROUP_EDIT_MS : PRIVATE_EDIT_MS;
    const dueMs = shown.message === "none"
      ? shown.work.startedAtMs + PROGRESS_DELAY_MS
      : shown.editedAtMs + everyMs;
    this.#parts.lane(chat).put(jobOf(about), {
      priority: "progress",
      readyAtMs: Math.max(dueMs, this.#parts.clock.now() + delayMs),
      run: () => this.#show(chat, about, shown),
    });
  }

  async #show(chat: number, about: About, shown: Shown): Promise<void> {
    const { chats, topics } = this.#parts;
    if (this.#shown.get(keyOf(chat, about)) !== shown) return;
    const row = await chats.chat(chat);
    if (row === null || row.suspended !== null) return;
    const place = await topics.placeOf(row, about);
    if (place.state === "missing") {
      await topics.make(row, about);
      return this.#showSoon(chat, about, shown, 0);
    }
    const rich = shown.work.shown(shown.how);
    const label = place.state === "plain" ? this.#parts.labelOf(about) : undefined;
    const labelled = label === undefined ? rich : join(bold(label), "\n", rich);
    if (labelled.text === shown.text) return;
    if (shown.message === "none") {
      return await this.#send(row, about, shown, {
        rich: labelled,
        thread: place.state === "thread" ? place.thread : undefined,
      });
    }
    if (typeof shown.message !== "number") return;
    const outcome = await this.#edit(chat, shown.message, labelled);
    shown.editedAtMs = this.#parts.clock.now();
    if (outcome.state === "done") shown.text = labelled.text;
    // A refused edit is never answered with a new message.
    if (outcome.state === "refused" && outcome.code !== "same") shown.message = "unknown";
  }

  async #send(
    chat: TelegramChatRow,
    about: About,
    shown: Shown,
    { rich, thread }: { rich: RichText; thread: number | undefined },
  ): Promise<void> {
    const { calls, chats, clock, topics } = this.#parts;
    const { startedAtMs } = shown.work;
    // Before the call: whoever is killed in it must not send a second one.
    shown.message = "unknown";
    await this.#keep(chat.id, about, { message: null, startedAtMs, over: null });
    const outcome = await calls.make(chat.id, (raw, signal) =>
      raw.sendMessage({
        chat_id: chat.id,
        ...(thread !== undefined && { message_thread_id: thread }),
        ...rich,
        disable_notification: true,
        link_preview_options: { is_disabled: true },
      }, signal));
    shown.editedAtMs = clock.now();
    switch (outcome.state) {
      case "done": {
        const { message_id: message } = outcome.result;
        Object.assign(shown, { message, text: rich.text });
        const isOver = this.#shown.get(keyOf(chat.id, about)) !== shown;
        await this.#keep(chat.id, about, { message, startedAtMs, over: isOver ? "done" : null });
        // It ended while the message was sent.
        if (isOver) {
          this.#collapseSoon(chat.id, about, message, shown.work.line("done", clock.now()));
        }
        return;
      }
      case "limited":
      case "later":
        shown.message = "none"; // not sent: the next news may try again
        return;
      case "shut":
        return await chats.suspend(chat.id, outcome.why);
      case "migrated":
        return await chats.migrate(chat.id, outcome.to);
      case "refused":
        if (outcome.code === "thread" && thread !== undefined) {
          await topics.lost(chat.id, about, thread);
          shown.message = "none";
        }
        return;
      case "unknown":
        return;
      default:
        outcome satisfies never;
    }
  }

  #collapseSoon(
    chat: number,
    about: About,
    message: number | null,
    line: RichText,
    tries = 1,
  ): void {
    const { clock, lane, store } = this.#parts;
    lane(chat).put(`over ${message}`, {
      priority: "progress",
      readyAtMs: clock.now() + (tries - 1) * AGAIN_MS,
      run: async () => {
        const outcome = message === null ? undefined : await this.#edit(chat, message, line);
        const again = outcome && ["limited", "later", "unknown"].includes(outcome.state);
        if (again && tries < MAX_COLLAPSE_TRIES) {
          return this.#collapseSoon(chat, about, message, line, tries + 1);
        }
        const row = rows.telegramProgress(chat, about.host, about.session);
        await store.update(row, (now, commit) => {
          // By now it may be the next exchange's.
          if (now?.message === message && now.over !== null) commit.delete(row);
        });
      },
    });
  }

  async #edit(chat: number, message: number, { text, entities }: RichText) {
    return await this.#parts.calls.make(chat, (raw, signal) =>
      raw.editMessageText({
        chat_id: chat,
        message_id: message,
        text,
        entities,
        link_preview_options: { is_disabled: true },
      }, signal));
  }

  async #keep(
    chat: number,
    { host, session }: About,
    value: Omit<TelegramProgressRow, "host" | "session">,
  ): Promise<void> {
    const row = rows.telegramProgress(chat, host, session);
    await this.#parts.store.set(row, { host, session, ...value }, { expireInMs: PROGRESS_KEPT_MS });
  }
}

function keyOf(chat: number, { host, session }: About): string {
  return `${chat} ${host} ${session}`;
}

function jobOf({ host, session }: About): string {
  return `progress ${host} ${session}`;
}

import type { Clock, Log } from "@chatcode/kit";
import type { HostId, SessionId } from "@chatcode/protocol";
import { rows, type TelegramChatRow, type TelegramTopicRow } from "../../kv/keys.ts";
import type { Store } from "../../kv/store.ts";
import type { Chats } from "../chats.ts";
import type { Call, Calls } from "./calls.ts";
import { lookUp } from "./lookup.ts";
import type { MessageIds } from "./message_ids.ts";
import type { Outcome } from "./outcome.ts";

/** Topics asked for in a row, for one session; then its messages go to the chat itself. */
export const MAX_TOPIC_TRIES = 2;

/** After this the tries are counted anew, in milliseconds. */
export const TOPIC_RETRY_MS = 10 * 60_000;

/** UTF-16 units of a topic's name. https://core.telegram.org/bots/api#createforumtopic */
export const MAX_TOPIC_NAME = 128;

export interface About {
  readonly host: HostId;
  readonly session: SessionId;
}

/** Where a session's messages go. `missing`: a topic is to be made first, by `make()`. */
export type Place =
  | { state: "thread"; thread: number }
  | { state: "plain" }
  | { state: "missing" };

interface Parts {
  readonly store: Store;
  readonly chats: Chats;
  readonly calls: Calls;
  readonly ids: MessageIds;
  readonly clock: Clock;
  readonly log: Log;
  /** The relay stops. */
  readonly signal: AbortSignal;
  /** What a session's topic should be called now: by its id, if no machine has told its title yet. */
  nameOf(about: About): string;
}

/**
 * A topic for each session in each chat that can have them, made when there is something to put in
 * it. That one is asked for stands in the store before it is: if the answer is lost, the topic is
 * looked for, and made again only if it is not there or that cannot be told. Only the one whose thread
 * is known ever gets messages. A topic that
 * is gone is made anew once; then messages go to the chat itself, under the session's name.
 */
export class Topics {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  async placeOf(chat: TelegramChatRow, about: About): Promise<Place> {
    if (!chat.topics) return { state: "plain" };
    const topic = await this.#parts.chats.topic(chat.id, about.host, about.session);
    if (topic?.thread) return { state: "thread", thread: topic.thread };
    const isAsked = topic?.state === "creating" && topic.after !== undefined;
    const mayTry = this.#tries(topic) < MAX_TOPIC_TRIES;
    return isAsked || mayTry ? { state: "missing" } : { state: "plain" };
  }

  /** Makes the topic, or finds out whether it was made. Afterwards `placeOf()` tells what came of it. */
  async make(chat: TelegramChatRow, about: About): Promise<void> {
    const { calls, chats, clock, ids, log, nameOf, store } = this.#parts;
    const row = rows.telegramTopic(chat.id, about.host, about.session);
    const before = await store.get(row);
    if (before !== null && await this.#isFound(chat.id, before)) return;
    const name = cutName(nameOf(about));
    const tries = this.#tries(before) + 1;
    const after = ids.last(chat.id) ?? null;
    const asked = { ...about, thread: null, name, atMs: clock.now() };
    await store.set(row, { ...asked, state: "creating", tries, after });
    const outcome = await calls.make(
      chat.id,
      (raw, signal) => raw.createForumTopic({ chat_id: chat.id, name }, signal),
    );
    switch (outcome.state) {
      case "done":
        return await this.#keep(chat.id, { ...asked, tries }, outcome.result.message_thread_id);
      case "limited":
      case "later":
        // Nothing was made: that does not count as a try.
        return await store.set(row, { ...asked, state: "creating", tries: tries - 1 });
      case "unknown":
        return log.info("telegram.topic_unknown", { chat: chat.id, why: outcome.why });
      case "refused": {
        log.warn("telegram.topic_refused", { chat: chat.id, why: outcome.why });
        await store.set(row, { ...asked, state: "plain", tries: MAX_TOPIC_TRIES });
        if (NO_TOPICS.test(outcome.why)) await chats.setTopics(chat.id, false);
        return;
      }
      case "shut":
        return await chats.suspend(chat.id, outcome.why);
      case "migrated":
        return await chats.migrate(chat.id, outcome.to);
      default:
        outcome satisfies never;
    }
  }

  /** Looks for a topic that was asked for without an answer. @returns whether it is there */
  async #isFound(chat: number, topic: TelegramTopicRow): Promise<boolean> {
    const { calls, chats, ids, store } = this.#parts;
    const { after, name } = topic;
    if (topic.state !== "creating" || topic.thread !== null || after === undefined) return false;
    const known = (await chats.topicsIn(chat)).map(({ thread }) => thread);
    const found = after === null ? { state: "unknown" as const } : await lookUp(
      { chat, after },
      async (thread): Promise<Outcome<unknown>> =>
        known.includes(thread)
          ? { state: "refused", code: "message", why: "another session's" }
          : await calls.make(chat, (raw, signal) =>
            raw.editForumTopic({ chat_id: chat, message_thread_id: thread, name }, signal)),
      this.#parts,
    );
    if (found.state === "there") {
      await this.#keep(chat, topic, found.id);
      return true;
    }
    if (found.state === "unknown") ids.lose(chat);
    const row = rows.telegramTopic(chat, topic.host, topic.session);
    const { after: _, ...kept } = topic;
    const tries = found.state === "absent" ? topic.tries - 1 : topic.tries;
    await store.set(row, { ...kept, tries: Math.max(0, tries) });
    // Asked for too often by now: it is not asked for again.
    return found.state === "unknown" && this.#tries(topic) >= MAX_TOPIC_TRIES;
  }

  async #keep(
    chat: number,
    { host, session, name, tries }: Pick<TelegramTopicRow, "host" | "session" | "name" | "tries">,
    thread: number,
  ): Promise<void> {
    const { clock, store } = this.#parts;
    const about = { host, session };
    await store.commit()
      .set(rows.telegramTopic(chat, host, session), {
        ...about,
        state: "open",
        thread,
        name,
        tries,
        atMs: clock.now(),
      })
      .set(rows.telegramThread(chat, thread), about)
      .commit();
  }

  /** Telegram says that the thread is no more, or has put a message elsewhere. */
  async lost(chat: number, about: About, thread: number): Promise<void> {
    const { clock, log, store } = this.#parts;
    const row = rows.telegramTopic(chat, about.host, about.session);
    await store.update(row, (topic, commit) => {
      if (topic?.thread !== thread) return;
      const tries = Math.max(1, this.#tries(topic));
      const { after: _, ...kept } = topic;
      commit.set(row, { ...kept, state: "creating", thread: null, tries, atMs: clock.now() })
        .delete(rows.telegramThread(chat, thread));
    });
    log.info("telegram.topic_lost", { chat, thread });
  }

  /**
   * A topic of that name was seen whose session is not known: if its making got no answer, this is
   * it. @returns the session, if it is one's
   */
  async adopt(chat: number, thread: number, name: string): Promise<About | null> {
    const { chats, store } = this.#parts;
    for (const topic of await chats.topicsIn(chat)) {
      const { host, session } = topic;
      if (topic.state !== "creating" || topic.thread !== null || topic.name !== name) continue;
      const row = rows.telegramTopic(chat, host, session);
      const adopted = await store.update(row, (now, commit) => {
        if (now?.state !== "creating" || now.thread !== null) return false;
        commit.set(row, { ...now, state: "open", thread })
          .set(rows.telegramThread(chat, thread), { host, session });
        return true;
      });
      if (adopted) return { host, session };
    }
    return null;
  }

  /** Whether it was made when the session's title was not known, as just after a restart. */
  async isNameless(chat: number, about: About): Promise<boolean> {
    const topic = await this.#parts.chats.topic(chat, about.host, about.session);
    const name = topic?.name ?? "";
    return name === about.session || name.startsWith(`${about.session} · `);
  }

  /** Gives the topic the session's name, if it has another: one call at most. */
  async rename(chat: number, about: About): Promise<void> {
    const name = cutName(this.#parts.nameOf(about));
    const call = (thread: number): Call<true> => (raw, signal) =>
      raw.editForumTopic({ chat_id: chat, message_thread_id: thread, name }, signal);
    await this.#edit(chat, about, (topic) => topic.name !== name, call, { name });
  }

  /** The session has ended. Only groups can close topics. One call at most. */
  async close(chat: number, about: About): Promise<void> {
    const call = (thread: number): Call<true> => (raw, signal) =>
      raw.closeForumTopic({ chat_id: chat, message_thread_id: thread }, signal);
    await this.#edit(chat, about, (topic) => topic.state === "open", call, { state: "closed" });
  }

  /** There is something to put in it again. One call at most. */
  async reopen(chat: number, about: About): Promise<void> {
    const call = (thread: number): Call<true> => (raw, signal) =>
      raw.reopenForumTopic({ chat_id: chat, message_thread_id: thread }, signal);
    await this.#edit(chat, about, () => true, call, { state: "open" });
  }

  async #edit(
    chat: number,
    about: About,
    needed: (topic: TelegramTopicRow) => boolean,
    call: (thread: number) => Call<true>,
    change: Partial<TelegramTopicRow>,
  ): Promise<void> {
    const { calls, chats, log, store } = this.#parts;
    const topic = await chats.topic(chat, about.host, about.session);
    if (!topic?.thread || !needed(topic)) return;
    const { thread } = topic;
    const outcome = await calls.make(chat, call(thread));
    const isSo = outcome.state === "done" ||
      (outcome.state === "refused" && outcome.code === "same");
    if (outcome.state === "refused" && outcome.code === "thread") {
      return await this.lost(chat, about, thread);
    }
    if (!isSo) {
      return log.debug("telegram.topic_not_edited", { chat, thread, outcome: outcome.state });
    }
    const row = rows.telegramTopic(chat, about.host, about.session);
    await store.update(row, (now, commit) => {
      if (now?.thread === thread) commit.set(row, { ...now, ...change });
    });
  }

  /** How often it was asked for of late. */
  #tries(topic: TelegramTopicRow | null): number {
    if (topic === null || topic.atMs < this.#parts.clock.now() - TOPIC_RETRY_MS) return 0;
    return topic.tries;
  }
}

/** A chat that cannot have topics, now: threaded mode is off, or the group is no forum. */
const NO_TOPICS = /not a forum|forum.*disabled|topics? .*(disabled|not enabled)|not supergroup/i;

/** On one line, not empty, and no longer than Telegram takes. */
export function cutName(name: string): string {
  const line = name.replace(/[\p{Cc}\p{Cf}\s]+/gu, " ").trim() || "Session";
  if (line.length <= MAX_TOPIC_NAME) return line;
  return `${line.slice(0, MAX_TOPIC_NAME - 1).replace(/[\ud800-\udbff]$/, "")}…`;
}

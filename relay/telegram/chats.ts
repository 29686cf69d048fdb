import type { Clock } from "@chatcode/kit";
import type { HostId, SessionId } from "@chatcode/protocol";
import {
  type AccountId,
  prefixes,
  rows,
  type TelegramChatRow,
  type TelegramLinkRow,
  type TelegramTopicRow,
} from "../kv/keys.ts";
import type { Commit, Store } from "../kv/store.ts";
import { forgetChat } from "./forget_chat.ts";

/** Chats of one account: its private one and its groups. */
export const MAX_CHATS_PER_ACCOUNT = 10;

/** Chats of one relay that are read at once. */
const MAX_CHATS = 10_000;

/** Topics of one chat that are read at once. */
const MAX_TOPICS = 10_000;

/** Something to write in the same commit, such as an entry of the audit log. */
type Also = (commit: Commit) => void;

export interface NewLink {
  readonly account: AccountId;
  /** Telegram's id of the person, which is also the id of the private chat. */
  readonly user: number;
  readonly name: string;
  /** Whether the bot has threaded mode: `getMe().has_topics_enabled`. */
  readonly topics: boolean;
}

export type LinkOutcome =
  | { state: "linked"; link: TelegramLinkRow }
  | { state: "user_taken" } // the Telegram user is linked to another account
  | { state: "account_taken" }; // the account is linked to another Telegram user

/**
 * Who is who in Telegram: one Telegram user for an account, the chats where its sessions may be told
 * of, and which topic is whose. Each method reads and writes the store; nothing is kept in memory.
 */
export class Chats {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #listeners = new Set<() => void>();

  constructor(store: Store, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  /** Told after each change made here. */
  listen(listener: () => void): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) };
  }

  /** The link of a Telegram user: whom an update comes from. */
  async linkOf(user: number): Promise<TelegramLinkRow | null> {
    const found = await this.#store.get(rows.telegramUser(user));
    const link = found && await this.linkOfAccount(found.account);
    return link?.user === user ? link : null;
  }

  async linkOfAccount(account: AccountId): Promise<TelegramLinkRow | null> {
    return await this.#store.get(rows.telegramLink(account));
  }

  async links(): Promise<TelegramLinkRow[]> {
    const found = this.#store.list(prefixes.telegramLinks, { limit: MAX_CHATS });
    return await Array.fromAsync(found, ({ value }) => value);
  }

  /** Links them and makes the private chat the account's home. The same pair again is `linked`. */
  async link(wanted: NewLink, also: Also = () => {}): Promise<LinkOutcome> {
    const { account, user, name, topics } = wanted;
    const userRow = rows.telegramUser(user);
    const outcome = await this.#store.update<TelegramLinkRow, LinkOutcome>(
      rows.telegramLink(account),
      async (current, commit) => {
        if (current !== null && current.user !== user) return { state: "account_taken" };
        const owner = await this.#store.getEntry(userRow);
        if (owner.value !== null && owner.value.account !== account) return { state: "user_taken" };
        const nowMs = this.#clock.now();
        const link = current ?? { account, user, name, linkedAtMs: nowMs, home: user };
        commit.check(userRow, owner.versionstamp).set(userRow, { account })
          .set(rows.telegramLink(account), { ...link, name })
          .set(rows.telegramChat(user), {
            id: user,
            account,
            kind: "private",
            title: name,
            topics,
            addedAtMs: nowMs,
            suspended: null,
          });
        also(commit);
        return { state: "linked", link: { ...link, name } };
      },
    );
    this.#changed();
    return outcome;
  }

  /** @returns what was unlinked, with all that is known of its chats; `null`: nothing was linked */
  async unlink(account: AccountId, also: Also = () => {}): Promise<TelegramLinkRow | null> {
    const row = rows.telegramLink(account);
    const link = await this.#store.update(row, (current, commit) => {
      if (current === null) return null;
      commit.delete(row).delete(rows.telegramUser(current.user));
      also(commit);
      return current;
    });
    for (const { id } of await this.chatsOf(account)) await forgetChat(this.#store, id);
    this.#changed();
    return link;
  }

  async chat(id: number): Promise<TelegramChatRow | null> {
    return await this.#store.get(rows.telegramChat(id));
  }

  async chatsOf(account: AccountId): Promise<TelegramChatRow[]> {
    return (await this.chats()).filter((chat) => chat.account === account);
  }

  /** All chats of this relay. */
  async chats(): Promise<TelegramChatRow[]> {
    const found = this.#store.list(prefixes.telegramChats, { limit: MAX_CHATS });
    return await Array.fromAsync(found, ({ value }) => value);
  }

  /**
   * A group that the account's person added the bot to, or what is known anew of it.
   * @returns false if it is another account's, or the account has too many
   */
  async addGroup(
    group: Pick<TelegramChatRow, "id" | "account" | "title" | "topics">,
    also: Also = () => {},
  ): Promise<boolean> {
    const row = rows.telegramChat(group.id);
    const { length } = await this.chatsOf(group.account);
    const added = await this.#store.update(row, (current, commit) => {
      if (current !== null && current.account !== group.account) return false;
      if (current === null && length >= MAX_CHATS_PER_ACCOUNT) return false;
      const addedAtMs = current?.addedAtMs ?? this.#clock.now();
      commit.set(row, { ...group, kind: "group", addedAtMs, suspended: null });
      also(commit);
      return true;
    });
    this.#changed();
    return added;
  }

  /** The group is no longer the account's; if it was home, the private chat is. */
  async removeGroup(account: AccountId, chat: number, also: Also = () => {}): Promise<boolean> {
    const known = await this.chat(chat);
    if (known?.account !== account || known.kind !== "group") return false;
    const row = rows.telegramLink(account);
    await this.#store.update(row, (link, commit) => {
      if (link?.home === chat) commit.set(row, { ...link, home: link.user });
      commit.delete(rows.telegramChat(chat));
      also(commit);
    });
    await forgetChat(this.#store, chat);
    this.#changed();
    return true;
  }

  /** Sessions are told of there from now on. @returns false if it is not the account's chat */
  async setHome(account: AccountId, chat: number, also: Also = () => {}): Promise<boolean> {
    if ((await this.chat(chat))?.account !== account) return false;
    const row = rows.telegramLink(account);
    const done = await this.#store.update(row, (link, commit) => {
      if (link === null) return false;
      commit.set(row, { ...link, home: chat });
      also(commit);
      return true;
    });
    this.#changed();
    return done;
  }

  /** Telegram refuses messages to it: nothing is sent until `resume()`. */
  async suspend(chat: number, why: string): Promise<void> {
    const atMs = this.#clock.now();
    await this.#change(chat, (known) => ({
      ...known,
      suspended: known.suspended ?? { atMs, why: why.slice(0, 200) },
    }));
  }

  async resume(chat: number): Promise<void> {
    await this.#change(chat, (known) => ({ ...known, suspended: null }));
  }

  /** Threaded mode, or the forum, was turned on or off. */
  async setTopics(chat: number, topics: boolean): Promise<void> {
    await this.#change(chat, (known) => ({ ...known, topics }));
  }

  /** A group became a supergroup with an id of its own; its topics begin anew. */
  async migrate(from: number, to: number): Promise<void> {
    const known = await this.chat(from);
    if (known === null) return;
    const linkRow = rows.telegramLink(known.account);
    await this.#store.update(linkRow, (link, commit) => {
      commit.set(rows.telegramChat(to), { ...known, id: to }).delete(rows.telegramChat(from));
      if (link?.home === from) commit.set(linkRow, { ...link, home: to });
    });
    // What waits is the outbox's to take along.
    for (const { host, session, thread } of await this.topicsIn(from)) {
      const commit = this.#store.commit().delete(rows.telegramTopic(from, host, session));
      if (thread !== null) commit.delete(rows.telegramThread(from, thread));
      await commit.commit();
    }
    this.#changed();
  }

  async topic(
    chat: number,
    host: HostId,
    session: SessionId,
  ): Promise<TelegramTopicRow | null> {
    return await this.#store.get(rows.telegramTopic(chat, host, session));
  }

  async topicsIn(chat: number): Promise<TelegramTopicRow[]> {
    const found = this.#store.list(prefixes.telegramTopicsIn(chat), { limit: MAX_TOPICS });
    return await Array.fromAsync(found, ({ value }) => value);
  }

  /** The session that a thread is about. */
  async sessionIn(
    chat: number,
    thread: number,
  ): Promise<{ host: HostId; session: SessionId } | null> {
    return await this.#store.get(rows.telegramThread(chat, thread));
  }

  async #change(
    chat: number,
    change: (known: TelegramChatRow) => TelegramChatRow,
  ): Promise<void> {
    const row = rows.telegramChat(chat);
    await this.#store.update(row, (known, commit) => {
      if (known !== null) commit.set(row, change(known));
    });
    this.#changed();
  }

  #changed(): void {
    for (const listener of this.#listeners) listener();
  }
}

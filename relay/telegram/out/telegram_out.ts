import type { Clock, Log } from "@chatcode/kit";
import type { Api } from "grammy";
import type { Attention } from "../../attention.ts";
import type { Accounts } from "../../auth/accounts.ts";
import { type Channel, connectChannel } from "../../channels/channel.ts";
import type { ConversationFeed, ConversationNews } from "../../conversation_feed.ts";
import { accountId, rows, type TelegramCardRow, type TelegramMissingRow } from "../../kv/keys.ts";
import type { Store } from "../../kv/store.ts";
import type { Roster, RosterChange } from "../../roster.ts";
import type { Chats } from "../chats.ts";
import type { RichText } from "../format/mod.ts";
import type { TelegramSettingsBook } from "../settings.ts";
import { Audience } from "./audience.ts";
import { Bell } from "./bell.ts";
import { Budget } from "./budget.ts";
import { type Call, Calls } from "./calls.ts";
import { Cards } from "./cards.ts";
import { Courier } from "./courier.ts";
import { Delivery } from "./delivery.ts";
import { Intake } from "./intake.ts";
import type { NewItem, WaitingItem } from "./item.ts";
import type { Priority } from "./lane.ts";
import { LaneTurns } from "./lane_turns.ts";
import { Lanes } from "./lanes.ts";
import { isMachineCard, MachineNotices } from "./machine_notices.ts";
import { textItems, type TextOptions } from "./messages.ts";
import { type Adding, Outbox } from "./outbox.ts";
import { MessageIds } from "./message_ids.ts";
import type { Outcome } from "./outcome.ts";
import { Progress } from "./progress.ts";
import { SenderLease } from "./sender_lease.ts";
import { type About, Topics } from "./topics.ts";

export interface TelegramOutParts {
  readonly api: Api;
  readonly store: Store;
  readonly chats: Chats;
  readonly settings: Pick<TelegramSettingsBook, "get">;
  readonly accounts: Pick<Accounts, "get">;
  readonly roster: Roster;
  readonly conversations: ConversationFeed;
  readonly attention: Attention;
  readonly publicUrl: URL;
  /** This instance of the relay. */
  readonly instance: string;
  /** No other process can have the store. */
  readonly isAlone: boolean;
  readonly clock: Clock;
  readonly log: Log;
}

/** A message of one's own, kept until it is sent. */
export interface Posting {
  readonly chat: number;
  /** The session in whose topic it goes; `null`: the chat itself. */
  readonly about: About | null;
  /** Names it among all that its source puts in: the same again is not sent. */
  readonly key: string;
  readonly text: RichText;
  readonly sound?: boolean;
  readonly priority?: NewItem["priority"];
  readonly buttons?: TextOptions["buttons"];
  /** The message that it answers. */
  readonly to?: number | undefined;
}

/** Delivery to Telegram: what machines tell, and what is posted here, reaches the chats in order. */
export class TelegramOut implements Channel, AsyncDisposable {
  readonly name = "telegram";
  readonly #parts: TelegramOutParts;
  readonly #stop = new AbortController();
  readonly #listening = new DisposableStack();
  readonly #ids: MessageIds;
  readonly #outbox: Outbox;
  readonly #calls: Calls;
  readonly #topics: Topics;
  readonly #cards: Cards;
  readonly #progress: Progress;
  /** For news of machines themselves. */
  readonly #intake: Intake;
  readonly #machines: MachineNotices;
  readonly #delivery: Delivery;
  readonly #courier: Courier;
  readonly #audience: Audience;
  readonly #lanes: Lanes;
  readonly #turns: LaneTurns;
  #lease: SenderLease | undefined;
  #watching: Promise<void> = Promise.resolve();

  private constructor(parts: TelegramOutParts) {
    this.#parts = parts;
    const { clock, log, roster, store, chats, instance } = parts;
    const common = { store, chats, clock, log, lane: (chat: number) => this.#lanes.of(chat) };
    const budget = new Budget(clock);
    this.#outbox = new Outbox({ store, clock, log, instance });
    this.#ids = new MessageIds({ isAlone: parts.isAlone });
    this.#calls = new Calls({
      ...common,
      ids: this.#ids,
      api: parts.api,
      budget,
      onLimited: (chat) => this.#lanes.of(chat).dropCosmetic(),
    });
    const labelOf = (about: About) => this.#labelOf(about);
    const calls = { ...common, calls: this.#calls, outbox: this.#outbox };
    this.#topics = new Topics({
      ...calls,
      ids: this.#ids,
      signal: this.#stop.signal,
      nameOf: labelOf,
    });
    this.#cards = new Cards({ ...calls, nameOf: (account) => this.#nameOf(account) });
    this.#progress = new Progress({ ...calls, topics: this.#topics, labelOf });
    this.#audience = this.#listening.use(new Audience({ ...parts }));
    this.#delivery = this.#listening.use(
      new Delivery({
        ...calls,
        audience: this.#audience,
        topics: this.#topics,
        cards: this.#cards,
        progress: this.#progress,
        roster,
        signal: this.#stop.signal,
        pageOf: (about) => this.#pageOf(about),
      }),
    );
    this.#intake = new Intake({ clock, log, signal: this.#stop.signal });
    const machines = { ...calls, roster, audience: this.#audience };
    this.#machines = this.#listening.use(new MachineNotices(machines, this.#intake));
    const bell = new Bell(parts);
    this.#courier = new Courier({
      ...calls,
      ids: this.#ids,
      topics: this.#topics,
      signal: this.#stop.signal,
      labelOf,
      mayRing: (item, isBacklog) => bell.mayRing(item, isBacklog),
      isWanted: async (card) =>
        isMachineCard(card) ? this.#machines.isWanted(card) : await this.#cards.isWanted(card),
      onCard: (card, chat, message, commit) =>
        isMachineCard(card)
          ? this.#machines.sent(card, chat, message, commit)
          : this.#cards.sent(card, message, commit),
      hold: (chat, ms) => budget.pause(chat, ms),
      onLost: (items) => this.#onLost(items),
    });
    this.#lanes = new Lanes({
      ...calls,
      budget,
      isSender: () => this.isSender,
      send: (chat, items, isBacklog) => this.#courier.send(chat, items, isBacklog),
    });
    this.#turns = new LaneTurns({
      calls: this.#calls,
      lanes: this.#lanes,
      clock,
      signal: this.#stop.signal,
      isSender: () => this.isSender,
    });
  }

  /** What waited in the store is taken up; then everything that machines tell is heard. */
  static async start(parts: TelegramOutParts): Promise<TelegramOut> {
    const out = new TelegramOut(parts);
    const { clock, conversations, instance, isAlone, log, roster, store } = parts;
    await out.#lanes.start();
    out.#lease = await SenderLease.start(store, {
      instance,
      isAlone,
      clock,
      log,
      onTaken: () => out.#takeOver(),
      onLost: () => out.#outbox.handOver(),
    });
    if (!isAlone) out.#watching = out.#watch();
    out.#listening.use(parts.chats.listen(() => out.#delivery.askAgain()));
    out.#listening.use(connectChannel(out, { roster, conversations }));
    return out;
  }

  /** @returns when the news is safe; `undefined`: there is nothing to keep of it */
  hear(news: ConversationNews): Promise<void> | undefined {
    return this.#delivery.hear(news);
  }

  hearRoster(change: RosterChange): void {
    this.#delivery.hearRoster(change);
    if (change.event === "presence") this.#machines.hear(change);
  }

  /**
   * Puts a message in the outbox; when this returns, it is kept.
   * @throws {KvError}
   */
  async post(posting: Posting): Promise<Adding> {
    const { chat, about, key, text, sound = false, priority = "final", buttons = [], to } = posting;
    const items = textItems({ chat, about, group: key }, text, {
      priority,
      kind: "note",
      sound,
      to,
      buttons,
      document: { name: "message.md", content: text.text },
      empty: "…",
    });
    return await this.#outbox.add({ chat, source: "post", key }, items);
  }

  /**
   * One call about `chat` when it is its turn, such as the answer to a command; not kept over a
   * restart. Telegram asking to wait is waited for; any other outcome is handed back.
   * @throws {Error} if the relay stops first, or too much waits for the chat
   */
  async call<T>(chat: number, call: Call<T>, priority?: Priority): Promise<Outcome<T>> {
    return await this.#turns.call(chat, call, priority);
  }

  /** The topic of a session, for whoever reads the chat; what is missing is made. */
  get topics(): Topics {
    return this.#topics;
  }

  /** Somebody's message came to a chat: its id is not one of ours. */
  heard(chat: number, message: number): void {
    this.#ids.heard(chat, message);
  }

  /** An approval's card by the id in its buttons. */
  async card(id: string): Promise<TelegramCardRow | null> {
    return await this.#cards.find(id);
  }

  /** Messages that may not have arrived, oldest first, without their words. */
  async missing(): Promise<TelegramMissingRow[]> {
    return await this.#outbox.missing();
  }

  /** How many messages wait for a chat. */
  waiting(chat: number): number {
    return this.#outbox.waiting(chat).length;
  }

  /** Whether this instance of the relay is the one that sends. */
  get isSender(): boolean {
    return this.#lease?.isHeld ?? false;
  }

  /** Resolves when everything that was heard by now is in the outbox. */
  async settled(): Promise<void> {
    await Promise.all([this.#delivery.settled(), this.#intake.settled()]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listening.dispose();
    const calls = this.#calls[Symbol.asyncDispose]();
    const lanes = this.#lanes[Symbol.asyncDispose]();
    await calls;
    this.#stop.abort(new Error("The relay stops"));
    await Promise.all([lanes, this.#watching]);
    await this.settled();
    await this.#lease?.[Symbol.asyncDispose]();
  }

  async #takeOver(): Promise<void> {
    await this.#cards.load();
    for (const { id } of await this.#parts.chats.chats()) await this.#progress.load(id);
    await this.#outbox.load({ own: true });
  }

  async #onLost(items: readonly WaitingItem[]): Promise<void> {
    const { about, chat, group, kind } = items[0]!;
    if (kind === "note") return;
    await this.#delivery.missing({ chat, about, group });
  }

  /** A session's name; the machine's too, if there are several. */
  #labelOf({ host, session }: About): string {
    const { roster } = this.#parts;
    const title = roster.sessionOf(host, session)?.title ?? session;
    return roster.hosts().length > 1 ? `${title} · ${roster.host(host)?.name ?? host}` : title;
  }

  /** Telegram opens no address that has no dot in its name. */
  #pageOf({ host, session }: About): string | undefined {
    const { publicUrl } = this.#parts;
    if (publicUrl.protocol !== "https:") return undefined;
    return new URL(`/s/${host}/${session}`, publicUrl).href;
  }

  async #nameOf(by: string): Promise<string | undefined> {
    const id = accountId.safeParse(by);
    if (!id.success) return undefined;
    return (await this.#parts.accounts.get(id.data))?.name;
  }

  /** What other instances put in the outbox, and which chats they changed. */
  async #watch(): Promise<void> {
    const { log, store } = this.#parts;
    try {
      for await (const _ of store.watch([rows.telegramItemHead], this.#stop.signal)) {
        await this.#lanes.refresh();
        if (this.isSender) await this.#outbox.load({ own: false });
      }
    } catch (error) {
      if (!this.#stop.signal.aborted) log.error("telegram.not_watched", { error });
    }
  }
}

import type { Clock, Log } from "@chatcode/kit";
import type { Approval, EventPayload, HostId, Turn } from "@chatcode/protocol";
import type { ConversationNews } from "../../conversation_feed.ts";
import type { Commit } from "../../kv/store.ts";
import type { Roster, RosterChange } from "../../roster.ts";
import { join, link, plain } from "../format/mod.ts";
import type { Audience, Reader } from "./audience.ts";
import type { Cards } from "./cards.ts";
import { Intake } from "./intake.ts";
import { ITEM_KEPT_MS } from "./item.ts";
import type { Lane } from "./lane.ts";
import { endItems, type Envelope } from "./messages.ts";
import { namedFiles } from "./named_files.ts";
import type { Outbox } from "./outbox.ts";
import type { Progress } from "./progress.ts";
import type { About, Topics } from "./topics.ts";

/** A topic is renamed when its session's name has stood still for this long, in milliseconds. */
export const RENAME_HOLD_MS = 30_000;

/** For the news of how an approval ended, once it is no longer asked. In milliseconds. */
export const CARD_HOLD_MS = 3_000;

/** How far a machine's clock may be behind: what it dates so long before the link is news. In milliseconds. */
export const CLOCK_SKEW_MS = 10 * 60_000;

/** Approvals that are known to be asked; the oldest is looked up in the store again. */
const MAX_KNOWN = 5_000;

interface Parts {
  readonly audience: Audience;
  readonly outbox: Outbox;
  readonly topics: Topics;
  readonly cards: Cards;
  readonly progress: Progress;
  readonly roster: Roster;
  readonly clock: Clock;
  readonly log: Log;
  readonly signal: AbortSignal;
  lane(chat: number): Lane;
  /** The session's page, if it can be opened from anywhere. */
  pageOf(about: About): string | undefined;
}

type EndTurn = Extract<Turn, { kind: "final" | "error" }>;

/** What machines tell becomes messages: ends of exchanges, approvals, progress, names of topics. */
export class Delivery implements Disposable {
  readonly #parts: Parts;
  readonly #intakes = new Map<HostId, Intake>();
  readonly #known = new Set<string>();
  readonly #titles = new Map<string, string>();
  readonly #timers = new Map<string, Disposable>();

  constructor(parts: Parts) {
    this.#parts = parts;
    for (const session of parts.roster.sessions()) {
      this.#titles.set(placeKey(session), session.title);
    }
  }

  /** One machine's news, in order. */
  intake(host: HostId): Intake {
    const intake = this.#intakes.get(host) ?? new Intake(this.#parts);
    this.#intakes.set(host, intake);
    return intake;
  }

  /** @returns when the news is safe; `undefined`: nothing of it is to be kept */
  hear(news: ConversationNews): Promise<void> | undefined {
    if (news.event === "approval") {
      const { host, session, id, outcome, by } = news.payload;
      const closing = this.intake(host).do(async () => {
        for (const card of this.#parts.cards.open({ host, session })) {
          if (card.approval === id) await this.#parts.cards.close(card.id, outcome, by);
        }
      });
      closing.catch(() => {}); // asked again when its session is told of
      return;
    }
    const { turn } = news.payload;
    switch (turn.kind) {
      case "final":
      case "error":
        return this.intake(news.host).do(() => this.#end(news.payload, turn));
      case "prompt":
      case "progress":
      case "tool":
      case "interrupted":
        // Decoration: lost without harm, so nobody waits for it.
        this.intake(news.host).do(() => this.#progress(news.payload)).catch(() => {});
        return;
      case "usage":
        return;
      default:
        turn satisfies never;
    }
  }

  hearRoster(change: RosterChange): void {
    if (change.event === "presence") {
      const { host, removed } = change.payload;
      // Sessions that ended while this relay was away are not told of one by one.
      if (host.online && !removed) this.#holdCards(host.id);
      return;
    }
    if (change.event !== "session") return;
    const { payload } = change;
    if (payload.ended) {
      const about = { host: payload.host, session: payload.id };
      this.#titles.delete(placeKey(about));
      this.#holdCards(payload.host);
      void this.intake(payload.host).do(() => this.#ended(about)).catch(() => {});
      return;
    }
    const { session } = payload;
    if (session.status === "lost") return;
    const about = { host: session.host, session: session.id };
    this.#hearTitle(about, session.title);
    const approvals = session.approvals ?? [];
    for (const approval of approvals) this.#ask(about, approval);
    const ids = new Set(approvals.map(({ id }) => id));
    if (this.#parts.cards.open(about).some((card) => !ids.has(card.approval))) {
      this.#holdCards(session.host);
    }
  }

  /** Who is told, or where, has changed: approvals that are open are asked there too. */
  askAgain(): void {
    this.#known.clear();
    for (const { host, id, status, approvals = [] } of this.#parts.roster.sessions()) {
      if (status === "lost") continue;
      for (const approval of approvals) this.#ask({ host, session: id }, approval);
    }
  }

  /** Resolves when everything that was heard by now is in the outbox. */
  async settled(): Promise<void> {
    await Promise.all([...this.#intakes.values()].map((intake) => intake.settled()));
  }

  [Symbol.dispose](): void {
    for (const timer of this.#timers.values()) timer[Symbol.dispose]();
    this.#timers.clear();
  }

  async #end({ host, session }: EventPayload<"turn">, turn: EndTurn): Promise<void> {
    const { audience, clock, log, progress } = this.#parts;
    const about = { host, session };
    for (const reader of await audience.of(host)) {
      const chat = reader.link.home;
      const kind = reader.settings.kinds[turn.kind === "final" ? "done" : "failed"];
      const linkedAtMs = reader.link.linkedAtMs - CLOCK_SKEW_MS;
      const isOld = turn.atMs < Math.max(linkedAtMs, clock.now() - ITEM_KEPT_MS);
      if (isOld) log.debug("telegram.too_old", { host, session });
      else if (kind !== "off") await this.#add(reader, about, turn, kind === "notify");
      await progress.over(chat, about, turn.kind === "final" ? "done" : "failed");
    }
  }

  async #add({ link }: Reader, about: About, turn: EndTurn, sound: boolean): Promise<void> {
    const { outbox, pageOf } = this.#parts;
    const envelope: Envelope = { chat: link.home, about, group: turn.id };
    const mark = { chat: link.home, source: about.host, key: turn.id };
    const files = turn.kind === "final" ? namedFiles(turn.text, { chat: link.home, about }) : null;
    const items = endItems(envelope, turn, { open: pageOf(about), sound, files: files?.buttons });
    const also = (commit: Commit) => files?.write(commit);
    if (await outbox.add(mark, items, { also }) !== "full") return;
    await outbox.add(mark, []);
    await this.#say(envelope, {
      key: `full ${about.session} ${Math.floor(this.#parts.clock.now() / 3600_000)}`,
      text: "Too much waits to be sent here: answers of this session are left out. They are in",
    });
  }

  /** A line about messages, in their place. */
  async #say(
    { chat, about, group }: Envelope,
    { key, text }: { key: string; text: string },
  ): Promise<void> {
    const { outbox, pageOf } = this.#parts;
    const page = about === null ? undefined : pageOf(about);
    await outbox.add({ chat, source: about?.host ?? "", key }, [{
      chat,
      about,
      group: `note ${group}`,
      priority: "final",
      kind: "note",
      sound: false,
      body: {
        type: "text",
        ...join(
          plain(`⚠️ ${text} `),
          page === undefined ? "the session" : link("the session", page),
          ".",
        ),
        buttons: [],
      },
    }], { beyondBound: true });
  }

  /** A message of that group may be missing in the chat. */
  async missing(envelope: Envelope): Promise<void> {
    await this.#say(envelope, {
      key: `missing ${envelope.group}`,
      text: "Telegram did not say whether it took a message: it may be missing here. It is in",
    });
  }

  async #progress({ host, session, turn }: EventPayload<"turn">): Promise<void> {
    const { audience, progress } = this.#parts;
    const about = { host, session };
    for (const { link, settings } of await audience.of(host)) {
      if (turn.kind === "interrupted") await progress.over(link.home, about, "interrupted");
      else progress.hear(link.home, about, turn, settings.progress);
    }
  }

  #ask(about: About, approval: Approval): void {
    const key = `${placeKey(about)} ${approval.id}`;
    if (this.#known.has(key)) return;
    this.#known.add(key);
    if (this.#known.size > MAX_KNOWN) this.#known.delete(this.#known.values().next().value!);
    const asking = this.intake(about.host).do(async () => {
      const { audience, cards, roster } = this.#parts;
      const session = roster.sessionOf(about.host, about.session);
      const words = {
        agent: session?.agent,
        title: session?.title ?? about.session,
        machine: roster.host(about.host)?.name ?? about.host,
      };
      for (const reader of await audience.of(about.host)) {
        await cards.ask(reader, about, approval, words);
      }
    });
    asking.catch(() => void this.#known.delete(key));
  }

  /** Closes soon the machine's cards that are no longer asked, unless it is told how they ended. */
  #holdCards(host: HostId): void {
    this.#hold(`cards ${host}`, CARD_HOLD_MS, () => {
      const closing = this.intake(host).do(async () => {
        const { cards, roster } = this.#parts;
        for (const card of cards.all()) {
          if (card.host !== host || roster.host(host)?.online !== true) continue;
          const asked = roster.sessionOf(host, card.session)?.approvals ?? [];
          if (!asked.some(({ id }) => id === card.approval)) {
            await cards.close(card.id, "elsewhere");
          }
        }
      });
      closing.catch(() => {});
    });
  }

  /**
   * What changes before our eyes: at a start, many names may have changed at once. Then only what has
   * no name yet gets one.
   */
  #hearTitle(about: About, title: string): void {
    const key = placeKey(about);
    const before = this.#titles.get(key);
    this.#titles.set(key, title);
    if (before === title) return;
    this.#hold(`title ${key}`, RENAME_HOLD_MS, () => {
      const renaming = this.intake(about.host).do(async () => {
        for (const { link: { home } } of await this.#parts.audience.of(about.host)) {
          if (before === undefined && !await this.#parts.topics.isNameless(home, about)) continue;
          this.#later(home, `name ${key}`, () => this.#parts.topics.rename(home, about));
        }
      });
      renaming.catch(() => {});
    });
  }

  async #ended(about: About): Promise<void> {
    for (const { link: { home } } of await this.#parts.audience.of(about.host)) {
      await this.#parts.progress.over(home, about, "interrupted");
      if (home < 0) {
        this.#later(home, `close ${placeKey(about)}`, () => this.#parts.topics.close(home, about));
      }
    }
  }

  #later(chat: number, key: string, run: () => Promise<void>): void {
    const { clock, lane } = this.#parts;
    lane(chat).put(key, { priority: "progress", readyAtMs: clock.now(), run });
  }

  #hold(key: string, ms: number, then: () => void): void {
    this.#timers.get(key)?.[Symbol.dispose]();
    const timer = this.#parts.clock.setTimer(() => {
      this.#timers.delete(key);
      then();
    }, ms);
    this.#timers.set(key, timer);
  }
}

function placeKey(
  place: { host: HostId; session: About["session"] } | { host: HostId; id: About["session"] },
): string {
  return `${place.host} ${"session" in place ? place.session : place.id}`;
}

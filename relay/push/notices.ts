import type { Clock, Log } from "@chatcode/kit";
import type { HostId, PushMessage, SessionId } from "@chatcode/protocol";
import type { Attention } from "../attention.ts";
import { RateLimit } from "../auth/rate_limit.ts";
import { may } from "../auth/rights.ts";
import type { ConversationFeed } from "../conversation_feed.ts";
import type { Account } from "../kv/keys.ts";
import type { Roster, RosterChange } from "../roster.ts";
import type { NoteBook, ShownNote } from "./note_book.ts";
import { type Occasion, Occasions } from "./occasions.ts";
import type { PushDevice, PushDevices } from "./push_devices.ts";
import { tagOf } from "./push_message.ts";
import type { PushQueue } from "./push_queue.ts";
import { isQuiet, type PushSettingsBook } from "./push_settings.ts";

/**
 * From an occasion to its note, in milliseconds: time for a page to say that somebody looks, after a
 * reconnect too, and for what is answered at once. The newest of a session's occasions is told.
 */
export const PUSH_HOLD_MS = 2_000;

/** Pieces of work that wait for the store; more are dropped. */
const MAX_WORK = 2_000;

/** How long a push service keeps a message for a device that is away. */
const TTL_SECONDS = 12 * 3600;

/** Notes that one machine, and all together, may cause. */
const RATES = {
  perClient: { note: { burst: 60, refillMs: 2_000 } },
  global: { burst: 2_000, refillMs: 20 },
};

export interface NoticesParts {
  readonly roster: Roster;
  readonly conversations: ConversationFeed;
  readonly attention: Attention;
  readonly devices: PushDevices;
  readonly settings: PushSettingsBook;
  readonly notes: NoteBook;
  readonly queue: Pick<PushQueue, "push">;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * Tells accounts that do not look what happens in sessions, and takes it back when it is settled.
 * Listens without ever making the sockets wait: its own work is done one piece after the other.
 */
export class Notices implements AsyncDisposable {
  readonly #parts: NoticesParts;
  readonly #occasions: Occasions;
  readonly #rates: RateLimit<"note">;
  readonly #listening = new DisposableStack();
  readonly #held = new Map<string, Disposable>();
  readonly #rechecks = new Set<string>();
  #work: Promise<void> = Promise.resolve();
  #workSize = 0;

  constructor(parts: NoticesParts) {
    this.#parts = parts;
    this.#occasions = new Occasions(parts.clock);
    this.#rates = new RateLimit(RATES, { clock: parts.clock, keyOf: (host) => host });
    this.#listening.use(parts.roster.listen((change) => this.#hearRoster(change)));
    this.#listening.use(parts.conversations.listen((news) => {
      this.#hold(this.#occasions.hearConversation(news));
      const settles = news.event === "approval" || news.payload.turn.kind === "prompt";
      if (settles) this.#recheck(news.host, news.payload.session);
    }));
    this.#listening.use(parts.attention.listen(({ host, session }) => {
      this.#recheck(host, session);
    }));
  }

  /** Resolves when everything that was heard by now, and is not held, is handed on to be sent. */
  async settled(): Promise<void> {
    await this.#work;
  }

  /** What is held is dropped; what has begun is ended. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#listening.dispose();
    for (const timer of this.#held.values()) timer[Symbol.dispose]();
    this.#held.clear();
    await this.#work;
  }

  #hearRoster(change: RosterChange): void {
    const before = change.event === "session" && !change.payload.ended
      ? this.#occasions.waiting(change.host, change.payload.session.id)
      : 0;
    this.#hold(this.#occasions.hearRoster(change));
    const { event, payload } = change;
    if (event === "presence" && (payload.host.online || payload.removed)) {
      this.#recheck(change.host);
    }
    if (change.event !== "session") return;
    const session = change.payload.ended ? change.payload.id : change.payload.session.id;
    const settled = this.#occasions.waiting(change.host, session) < before;
    if (change.payload.ended || settled) this.#recheck(change.host, session);
  }

  #hold(occasion: Occasion | undefined): void {
    if (!occasion) return;
    const key = `${occasion.host} ${occasion.session}`;
    this.#held.get(key)?.[Symbol.dispose]();
    const timer = this.#parts.clock.setTimer(() => {
      this.#held.delete(key);
      this.#do(() => this.#tell(occasion));
    }, PUSH_HOLD_MS);
    this.#held.set(key, timer);
  }

  /** Looks soon whether what is shown of the session, or of all on the machine, is settled. */
  #recheck(host: HostId, session?: SessionId): void {
    const key = `${host} ${session ?? ""}`;
    if (this.#rechecks.has(key)) return;
    this.#rechecks.add(key);
    this.#do(async () => {
      this.#rechecks.delete(key);
      await this.#withdrawSettled(host, session);
    });
  }

  async #tell(held: Occasion): Promise<void> {
    const { roster, devices, settings, attention, notes, queue, clock, log } = this.#parts;
    const occasion = this.#occasions.renewed(held);
    const machine = roster.host(held.host);
    const listed = roster.sessionOf(held.host, held.session);
    if (!occasion || !machine || !listed) return;
    const { host, session, kind, agent, about, text, atMs } = occasion;
    const byAccount = await devices.byAccount();
    if (byAccount.size === 0) return;
    if (this.#rates.take("note", host).state === "limited") {
      return log.debug("push.limited", { host });
    }
    const tag = await tagOf(host, session);
    const message: PushMessage = {
      type: "note",
      kind,
      tag,
      url: `/s/${host}/${session}`,
      machine: machine.name,
      session: listed.title,
      ...(agent && { agent }),
      text,
      atMs,
    };
    const urgency = kind === "waiting" ? "high" : "normal";
    for (const [account, theirs] of byAccount) {
      const look = { account: account.id, host, session };
      if (!maySee(account, host) || attention.isOn(look)) continue;
      const wanted = await settings.get(account.id);
      if (!wanted.kinds[kind] || isQuiet(wanted, clock.now())) continue;
      if (!await notes.show({ ...look, kind, about, atMs })) continue;
      for (const device of theirs) queue.push(device, parcelOf(message, urgency));
    }
  }

  async #withdrawSettled(host: HostId, session: SessionId | undefined): Promise<void> {
    const { attention, devices, notes, queue } = this.#parts;
    const shown = await notes.shown(host, session);
    const settled = shown.filter((note) => this.#isSettled(note) || attention.isOn(note));
    if (settled.length === 0) return;
    const byAccount = [...await devices.byAccount()];
    for (const note of settled) {
      await notes.withdraw(note);
      const message: PushMessage = {
        type: "withdraw",
        tag: await tagOf(note.host, note.session),
      };
      const theirs = byAccount.find(([{ id }]) => id === note.account)?.[1] ?? [];
      for (const device of theirs.filter(takesSilence)) {
        queue.push(device, parcelOf(message, "normal"));
      }
    }
  }

  #isSettled({ host, session, kind, atMs }: ShownNote): boolean {
    return kind === "waiting"
      ? this.#occasions.waiting(host, session) === 0
      : this.#occasions.wentOn(host, session, atMs);
  }

  #do(work: () => Promise<void>): void {
    const { log } = this.#parts;
    if (this.#workSize >= MAX_WORK) return log.warn("push.behind", { waiting: this.#workSize });
    this.#workSize++;
    this.#work = this.#work.then(work).catch((error: unknown) => {
      log.warn("push.not_told", { error });
    }).finally(() => void this.#workSize--);
  }
}

function maySee({ role }: Account, host: HostId): boolean {
  return may({ role, hosts: "all" }, "host.view", host);
}

/**
 * Safari takes the permission away from sites whose messages show nothing:
 * https://webkit.org/blog/12945/meet-web-push/. There a note stays until it is looked at.
 */
function takesSilence({ endpoint }: PushDevice): boolean {
  return !new URL(endpoint).hostname.endsWith(".push.apple.com");
}

function parcelOf(message: PushMessage, urgency: "normal" | "high") {
  const payload = JSON.stringify(message);
  return { payload, topic: message.tag, ttlSeconds: TTL_SECONDS, urgency };
}

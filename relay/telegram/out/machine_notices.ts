import type { Clock, Log } from "@chatcode/kit";
import type { HostId } from "@chatcode/protocol";
import { rows } from "../../kv/keys.ts";
import type { Commit, Store } from "../../kv/store.ts";
import type { Roster, RosterChange } from "../../roster.ts";
import { bold, join, plain } from "../format/mod.ts";
import type { Audience } from "./audience.ts";
import type { Calls } from "./calls.ts";
import { AGAIN_MS } from "./courier.ts";
import type { Intake } from "./intake.ts";
import type { Lane } from "./lane.ts";
import type { Outbox } from "./outbox.ts";

/** A machine that is back by then is not said to be offline, in milliseconds. */
export const OFFLINE_HOLD_MS = 60_000;

/** How long it is known that a machine was said to be offline, in milliseconds: 30 days. */
export const OFFLINE_KEPT_MS = 30 * 24 * 3600_000;

interface Parts {
  readonly store: Store;
  readonly roster: Roster;
  readonly audience: Audience;
  readonly outbox: Outbox;
  readonly calls: Calls;
  readonly clock: Clock;
  readonly log: Log;
  lane(chat: number): Lane;
}

/** Says that a machine with sessions went offline; the same message says later how long it was. */
export class MachineNotices implements Disposable {
  readonly #parts: Parts;
  readonly #intake: Intake;
  readonly #online = new Set<HostId>();
  readonly #held = new Map<HostId, Disposable>();

  constructor(parts: Parts, intake: Intake) {
    this.#parts = parts;
    this.#intake = intake;
    for (const { id, online } of parts.roster.hosts()) if (online) this.#online.add(id);
  }

  hear(change: Extract<RosterChange, { event: "presence" }>): void {
    const { host, removed } = change.payload;
    const { id } = host;
    const wasOnline = this.#online.has(id);
    if (host.online && removed !== true) {
      this.#online.add(id);
      this.#drop(id);
      if (!wasOnline) void this.#intake.do(() => this.#back(id)).catch(() => {});
      return;
    }
    this.#online.delete(id);
    if (removed) this.#drop(id);
    if (!wasOnline || removed) return;
    const { clock } = this.#parts;
    const sinceMs = clock.now();
    const timer = clock.setTimer(() => {
      this.#held.delete(id);
      void this.#intake.do(() => this.#tell(id, sinceMs)).catch(() => {});
    }, OFFLINE_HOLD_MS);
    this.#held.set(id, timer);
  }

  /** Whether a notice that waits to be sent is still true. */
  isWanted(card: string): boolean {
    return this.#parts.roster.host(hostOf(card))?.online === false;
  }

  async sent(card: string, chat: number, message: number, commit: Commit): Promise<void> {
    const row = rows.telegramOffline(chat, hostOf(card));
    const { value, versionstamp } = await this.#parts.store.getEntry(row);
    if (value === null) return;
    commit.check(row, versionstamp)
      .set(row, { ...value, message }, { expireInMs: OFFLINE_KEPT_MS });
    if (!this.isWanted(card)) this.#editSoon(chat, hostOf(card));
  }

  [Symbol.dispose](): void {
    for (const timer of this.#held.values()) timer[Symbol.dispose]();
    this.#held.clear();
  }

  async #tell(host: HostId, sinceMs: number): Promise<void> {
    const { audience, outbox, roster } = this.#parts;
    const machine = roster.host(host);
    const sessions = roster.sessions().filter((session) => session.host === host).length;
    if (machine === undefined || machine.online || sessions === 0) return;
    for (const { link, settings } of await audience.of(host)) {
      const kind = settings.kinds.offline;
      if (kind === "off") continue;
      const chat = link.home;
      const row = rows.telegramOffline(chat, host);
      const count = sessions === 1 ? "One session is" : `${sessions} sessions are`;
      await outbox.add({ chat, source: host, key: `offline ${sinceMs}` }, [{
        chat,
        about: null,
        priority: "final",
        kind: "offline",
        group: `offline ${host}`,
        card: `${PREFIX}${host}`,
        sound: kind === "notify",
        body: {
          type: "text",
          ...join(
            "📴 ",
            bold(machine.name),
            ` is offline. ${count} out of reach; agents there may work on.`,
          ),
          buttons: [],
        },
      }], {
        also: (commit) =>
          void commit.set(row, { message: null, sinceMs }, { expireInMs: OFFLINE_KEPT_MS }),
      });
    }
  }

  async #back(host: HostId): Promise<void> {
    for (const { link } of await this.#parts.audience.of(host)) {
      const row = await this.#parts.store.get(rows.telegramOffline(link.home, host));
      if (row !== null) this.#editSoon(link.home, host);
    }
  }

  #editSoon(chat: number, host: HostId, afterMs = 0): void {
    const { clock, lane } = this.#parts;
    lane(chat).put(`machine ${host}`, {
      priority: "final",
      readyAtMs: clock.now() + afterMs,
      run: () => this.#edit(chat, host),
    });
  }

  async #edit(chat: number, host: HostId): Promise<void> {
    const { calls, clock, log, roster, store } = this.#parts;
    const row = rows.telegramOffline(chat, host);
    const notice = await store.get(row);
    if (notice === null || notice.message === null) return;
    const { message, sinceMs } = notice;
    const name = roster.host(host)?.name ?? "The machine";
    const minutes = Math.max(1, Math.round((clock.now() - sinceMs) / 60_000));
    const { text, entities } = join("📶 ", bold(name), plain(` was offline for ${minutes} min.`));
    const outcome = await calls.make(
      chat,
      (raw, signal) =>
        raw.editMessageText({ chat_id: chat, message_id: message, text, entities }, signal),
    );
    if (["limited", "later", "unknown"].includes(outcome.state)) {
      return this.#editSoon(chat, host, AGAIN_MS);
    }
    if (outcome.state === "refused") log.debug("telegram.notice_not_edited", { why: outcome.why });
    await store.delete(row);
  }

  #drop(host: HostId): void {
    this.#held.get(host)?.[Symbol.dispose]();
    this.#held.delete(host);
  }
}

const PREFIX = "machine ";

export function isMachineCard(card: string): boolean {
  return card.startsWith(PREFIX);
}

function hostOf(card: string): HostId {
  return card.slice(PREFIX.length) as HostId;
}

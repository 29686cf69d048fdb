import type { Clock } from "@chatcode/kit";
import {
  type AgentId,
  type HostId,
  ProtocolError,
  type SessionId,
  type Turn,
  type UsageRow,
} from "@chatcode/protocol";
import { type CountedUsageRow, prefixes, rows } from "../kv/keys.ts";
import { KvError } from "../kv/kv_error.ts";
import { MAX_UPDATE_TRIES, type Store } from "../kv/store.ts";
import { addDays, dayOf, startOfDay } from "./day.ts";
import { modelIn, withAnswer, withoutAnswer } from "./sheet.ts";
import { SheetChanges, USAGE_KEPT_DAYS } from "./sheet_changes.ts";

/** How long it is known that a turn was counted, in milliseconds: 60 days. */
export const COUNTED_KEPT_MS = 60 * 24 * 3600_000;

/** Rows of one answer; of more the newest come. */
export const MAX_USAGE_ROWS = 10_000;

/** Sheets that one query reads: bounds the work for one who may see few of many machines. */
export const MAX_USAGE_SHEETS = 50_000;

const DAY_MS = 24 * 3600_000;

/** A usage turn and where it was told. */
export interface ToldUsage {
  readonly host: HostId;
  readonly session: SessionId;
  readonly agent: AgentId;
  readonly turn: Extract<Turn, { kind: "usage" }>;
}

/** `known`: this revision or a later one is in already. `old`: too old to know that. */
export type Counting = "counted" | "known" | "old";

export interface UsageRange {
  /** UTC days as 2026-11-20, both included. */
  readonly from: string;
  readonly to: string;
  readonly host?: HostId | undefined;
}

export interface UsageAnswer {
  /** Oldest day first. */
  readonly rows: UsageRow[];
  readonly truncated: boolean;
}

/**
 * Tokens by day, machine, session, agent and model: numbers and names, never text. Each turn is
 * counted once, however often and by whichever instance of the relay it is told; a later revision
 * replaces the numbers of an earlier one. SPEC [TU6] [US1].
 */
export class UsageBook {
  readonly #store: Store;
  readonly #clock: Clock;

  constructor(store: Store, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  /**
   * When this returns, the turn is in the store.
   * @throws {KvError} and then it may or may not be: count it again
   */
  async count(told: ToldUsage): Promise<Counting> {
    // Its mark may have expired by now, so counting it could be counting it twice.
    if (told.turn.atMs < this.#clock.now() - COUNTED_KEPT_MS) return "old";
    for (let tries = 0; tries < MAX_UPDATE_TRIES; tries++) {
      const done = await this.#tryToCount(told);
      if (done !== null) return done;
    }
    throw new KvError("KV_CONFLICT", "count usage");
  }

  /**
   * @param maxBytes about how long the rows may be as JSON
   * @throws ProtocolError INVALID_REQUEST
   */
  async query(
    { from, to, host }: UsageRange,
    options: { sees: (host: HostId) => boolean; maxBytes?: number },
  ): Promise<UsageAnswer> {
    const [fromMs, toMs] = [startOfDay(from), startOfDay(to)];
    if (fromMs === undefined || toMs === undefined || fromMs > toMs) {
      throw new ProtocolError("INVALID_REQUEST", "Cannot sum usage: no such range of days");
    }
    if (toMs - fromMs >= USAGE_KEPT_DAYS * DAY_MS) {
      throw new ProtocolError(
        "INVALID_REQUEST",
        `Cannot sum usage: more than ${USAGE_KEPT_DAYS} days`,
      );
    }
    const kept = addDays(dayOf(this.#clock.now()), -USAGE_KEPT_DAYS);
    const sheets = this.#store.list(prefixes.usageSheets, {
      limit: MAX_USAGE_SHEETS,
      reverse: true,
      from: from < kept ? kept : from,
      before: addDays(to, 1),
    });
    const found: UsageRow[] = [];
    let [bytesLeft, sheetsRead] = [options.maxBytes ?? Infinity, 0];
    for await (const { key, value } of sheets) {
      sheetsRead += 1;
      const [, day, owner, session] = key as [string, string, HostId, SessionId];
      if ((host !== undefined && owner !== host) || !options.sees(owner)) continue;
      for (const entry of value.entries) {
        const row = { day, host: owner, session, ...entry };
        bytesLeft -= JSON.stringify(row).length + 1;
        if (found.length >= MAX_USAGE_ROWS || bytesLeft < 0) {
          return { rows: found.reverse(), truncated: true };
        }
        found.push(row);
      }
    }
    return { rows: found.reverse(), truncated: sheetsRead >= MAX_USAGE_SHEETS };
  }

  /** @returns null if another writer came between */
  async #tryToCount({ host, session, agent, turn }: ToldUsage): Promise<Counting | null> {
    const markRow = rows.countedUsage(host, turn.id);
    const mark = await this.#store.getEntry(markRow);
    if (mark.value && mark.value.rev >= turn.rev) return "known";

    const changes = new SheetChanges(this.#store, host);
    if (mark.value) {
      const { agent, day, session, ...usage } = mark.value;
      await changes.change(day, session, (entries) => withoutAnswer(entries, agent, usage));
    }
    const nowMs = this.#clock.now();
    const day = dayOf(Math.min(turn.atMs, nowMs)); // a machine's clock may run ahead
    const place = await changes.placeFor(day, session);
    let { usage } = turn;
    await changes.change(day, place, (entries) => {
      usage = { ...usage, model: modelIn(entries, agent, usage.model) };
      return withAnswer(entries, agent, usage);
    });
    const counted: CountedUsageRow = { ...usage, rev: turn.rev, day, session: place, agent };
    const commit = this.#store.commit()
      .check(markRow, mark.versionstamp)
      .set(markRow, counted, { expireInMs: COUNTED_KEPT_MS });
    return await changes.addTo(commit, nowMs).commit() === null ? null : "counted";
  }
}

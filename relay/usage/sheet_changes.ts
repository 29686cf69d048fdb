import { type HostId, type SessionId, sessionId } from "@chatcode/protocol";
import { type Row, rows, type UsageEntry, type UsageSheet } from "../kv/keys.ts";
import type { Commit, Store } from "../kv/store.ts";
import { startOfDay } from "./day.ts";

/** Sessions of one machine on one day that have a sheet of their own; the rest share one. */
export const MAX_USAGE_SESSIONS = 1_000;

/** How many days usage is kept, and the longest range that can be asked for. */
export const USAGE_KEPT_DAYS = 400;

const OTHER_SESSION = sessionId.parse("other");
const DAY_MS = 24 * 3600_000;

interface Read<T> {
  readonly row: Row<T>;
  readonly versionstamp: string | null;
  value: T;
  expiresAtMs: number;
  changed: boolean;
}

/** The sheets that the counting of one turn touches: each read once, all written together. */
export class SheetChanges {
  readonly #store: Store;
  readonly #host: HostId;
  readonly #sheets = new Map<string, Read<UsageSheet>>();
  #counter: Read<{ sheets: number }> | undefined;

  constructor(store: Store, host: HostId) {
    this.#store = store;
    this.#host = host;
  }

  /** The session itself, or the one that the surplus shares. */
  async placeFor(day: string, session: SessionId): Promise<SessionId> {
    const sheet = await this.#sheet(day, session);
    if (sheet.versionstamp !== null) return session;
    const counter = await this.#read(rows.usageSheets(day, this.#host), { sheets: 0 }, day);
    if (counter.value.sheets >= MAX_USAGE_SESSIONS) return OTHER_SESSION;
    this.#counter = {
      ...counter,
      value: { sheets: counter.value.sheets + 1 },
      changed: true,
    };
    return session;
  }

  async change(
    day: string,
    session: SessionId,
    change: (entries: readonly UsageEntry[]) => UsageEntry[],
  ): Promise<void> {
    const sheet = await this.#sheet(day, session);
    sheet.value = { entries: change(sheet.value.entries) };
    sheet.changed = true;
  }

  /** Adds the changes to `commit`, which fails if another writer came between. */
  addTo(commit: Commit, nowMs: number): Commit {
    const add = <T>({ row, versionstamp, value, expiresAtMs, changed }: Read<T>) => {
      if (!changed) return;
      const expireInMs = Math.max(expiresAtMs - nowMs, DAY_MS);
      commit.check(row, versionstamp).set(row, value, { expireInMs });
    };
    for (const sheet of this.#sheets.values()) add(sheet);
    if (this.#counter) add(this.#counter);
    return commit;
  }

  async #sheet(day: string, session: SessionId): Promise<Read<UsageSheet>> {
    const key = `${day} ${session}`;
    const known = this.#sheets.get(key);
    if (known) return known;
    const row = rows.usageSheet(day, this.#host, session);
    const sheet = await this.#read(row, { entries: [] }, day);
    this.#sheets.set(key, sheet);
    return sheet;
  }

  async #read<T>(row: Row<T>, absent: T, day: string): Promise<Read<T>> {
    const { value, versionstamp } = await this.#store.getEntry(row);
    const expiresAtMs = (startOfDay(day) ?? 0) + (USAGE_KEPT_DAYS + 1) * DAY_MS;
    return { row, versionstamp, value: value ?? absent, expiresAtMs, changed: false };
  }
}

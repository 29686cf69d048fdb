import { ProtocolError, type PushSettings, pushSettings } from "@chatcode/protocol";
import type { Actor } from "../auth/principal.ts";
import type { AuditLog } from "../auth/audit.ts";
import { type AccountId, rows } from "../kv/keys.ts";
import type { Store } from "../kv/store.ts";

export const DEFAULT_PUSH_SETTINGS: PushSettings = {
  kinds: { done: true, waiting: true, failed: true },
  quiet: null,
};

/** What each account wants to be told, and when not. */
export class PushSettingsBook {
  readonly #store: Store;
  readonly #audit: AuditLog;

  constructor(store: Store, audit: AuditLog) {
    this.#store = store;
    this.#audit = audit;
  }

  async get(account: AccountId): Promise<PushSettings> {
    return await this.#store.get(rows.pushSettings(account)) ?? DEFAULT_PUSH_SETTINGS;
  }

  /** @throws ProtocolError INVALID_REQUEST */
  async set(account: AccountId, wanted: unknown, actor: Actor): Promise<void> {
    const parsed = pushSettings.safeParse(wanted);
    if (!parsed.success || !isTimeZone(parsed.data.quiet?.timeZone ?? "UTC")) {
      throw new ProtocolError("INVALID_REQUEST", "Cannot save: a time or time zone is not valid");
    }
    const commit = this.#store.commit().set(rows.pushSettings(account), parsed.data);
    this.#audit.add(commit, actor, { what: "push.settings", target: account });
    await commit.commit();
  }
}

/** Whether `atMs` lies in the quiet hours, by the clock on the wall of their time zone. */
export function isQuiet({ quiet }: Pick<PushSettings, "quiet">, atMs: number): boolean {
  if (quiet === null) return false;
  const { from, to, timeZone } = quiet;
  const wall = new Intl.DateTimeFormat("en-GB", {
    timeZone,
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
  }).format(atMs);
  return from <= to ? from <= wall && wall < to : wall >= from || wall < to;
}

/** Whether the runtime knows a time zone of that name. */
export function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

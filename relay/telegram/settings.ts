import { ProtocolError } from "@chatcode/protocol";
import type { AuditLog } from "../auth/audit.ts";
import type { Actor } from "../auth/principal.ts";
import { type AccountId, rows, type TelegramSettings } from "../kv/keys.ts";
import type { Store } from "../kv/store.ts";
import { isTimeZone } from "../push/push_settings.ts";

export const DEFAULT_TELEGRAM_SETTINGS: TelegramSettings = {
  kinds: { done: "notify", waiting: "notify", failed: "notify", offline: "notify" },
  quiet: null,
  onlyWhenAway: true,
  progress: "brief",
};

/** What each account wants to be told in Telegram, and how. */
export class TelegramSettingsBook {
  readonly #store: Store;
  readonly #audit: AuditLog;

  constructor(store: Store, audit: AuditLog) {
    this.#store = store;
    this.#audit = audit;
  }

  async get(account: AccountId): Promise<TelegramSettings> {
    return await this.#store.get(rows.telegramSettings(account)) ?? DEFAULT_TELEGRAM_SETTINGS;
  }

  /** @throws ProtocolError INVALID_REQUEST */
  async set(account: AccountId, wanted: unknown, actor: Actor): Promise<void> {
    const row = rows.telegramSettings(account);
    const parsed = row.schema.safeParse(wanted);
    if (!parsed.success || !isTimeZone(parsed.data.quiet?.timeZone ?? "UTC")) {
      throw new ProtocolError("INVALID_REQUEST", "Cannot save: a time or time zone is not valid");
    }
    const commit = this.#store.commit().set(row, parsed.data);
    this.#audit.add(commit, actor, { what: "telegram.settings", target: account });
    await commit.commit();
  }
}

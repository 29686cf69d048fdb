import type { Clock } from "@chatcode/kit";
import { type AuditAction, type AuditRow, prefixes, rows } from "../kv/keys.ts";
import type { Commit, Store } from "../kv/store.ts";
import type { Actor } from "./principal.ts";
import { datedId, datedPrefix } from "./secret.ts";

/** How long an entry is kept, in milliseconds: 90 days. */
export const AUDIT_KEPT_MS = 90 * 24 * 3600_000;

export const AUDIT_PAGE_MAX = 200;

export interface AuditPage {
  /** The newest first. */
  readonly entries: readonly AuditRow[];
  /** Asks for the page after this one; `null` on the last. */
  readonly next: string | null;
}

/** Who did what to which thing, when and from where. Entries are added, never changed. */
export class AuditLog {
  readonly #store: Store;
  readonly #clock: Clock;

  constructor(store: Store, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  /** Adds an entry to `commit`, so that the deed and its entry are written together or not at all. */
  add(commit: Commit, actor: Actor, deed: { what: AuditAction; target: string }): void {
    const atMs = this.#clock.now();
    commit.set(rows.audit(datedId(atMs)), {
      atMs,
      who: actor.who,
      ...deed,
      ...(actor.address !== undefined && { address: actor.address.slice(0, 64) }),
    }, { expireInMs: AUDIT_KEPT_MS });
  }

  /** `limit` is brought within 1 to `AUDIT_PAGE_MAX`; `cursor` is the `next` of the page before. */
  async list(page: { limit: number; cursor?: string | null }): Promise<AuditPage> {
    const limit = Math.max(1, Math.min(AUDIT_PAGE_MAX, Math.floor(page.limit)));
    const oldest = datedPrefix(this.#clock.now() - AUDIT_KEPT_MS);
    const found = await Array.fromAsync(this.#store.list(prefixes.audit, {
      limit: limit + 1,
      reverse: true,
      ...(page.cursor && { after: page.cursor }),
    }));
    const kept = found.filter(({ key }) => String(key.at(-1)) >= oldest);
    const shown = kept.slice(0, limit);
    const last = shown.at(-1);
    const more = kept.length > limit && last !== undefined;
    return {
      entries: shown.map(({ value }) => value),
      next: more ? String(last.key.at(-1)) : null,
    };
  }
}

import type { Clock } from "@chatcode/kit";
import {
  type AccountId,
  type BrowserSessionId,
  browserSessionId,
  type BrowserSessionRow,
  prefixes,
  rows,
} from "../kv/keys.ts";
import type { Store } from "../kv/store.ts";
import type { AuditLog } from "./audit.ts";
import type { Actor } from "./principal.ts";
import type { Revocations } from "./revocations.ts";
import { hashSecret, newId, newSecret } from "./secret.ts";

/** A browser stays signed in for this long after its last use, in milliseconds: 30 days. */
export const BROWSER_SESSION_MS = 30 * 24 * 3600_000;

/** Use moves the end on at most this often, in milliseconds. */
export const RENEW_EVERY_MS = 3600_000;

/** Signed-in browsers of one account; beyond that the one that was idle longest is signed out. */
export const MAX_BROWSER_SESSIONS = 100;

export interface NewBrowserSession {
  readonly session: BrowserSessionRow;
  /** For the cookie; kept nowhere here. */
  readonly token: string;
}

interface Parts {
  store: Store;
  clock: Clock;
  audit: AuditLog;
  revocations: Revocations;
}

/** The browsers that are signed in. */
export class BrowserSessions {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  async create(
    account: AccountId,
    from: { userAgent: string; address: string },
  ): Promise<NewBrowserSession> {
    const { store, clock } = this.#parts;
    const token = newSecret();
    const nowMs = clock.now();
    const session: BrowserSessionRow = {
      id: browserSessionId.parse(newId("bs")),
      account,
      tokenHash: await hashSecret(token),
      createdAtMs: nowMs,
      renewedAtMs: nowMs,
      expiresAtMs: nowMs + BROWSER_SESSION_MS,
      userAgent: from.userAgent.slice(0, 256),
      address: from.address.slice(0, 64),
    };
    const surplus = (await this.list(account)).slice(MAX_BROWSER_SESSIONS - 1);
    for (const old of surplus) await this.#end(old);
    await store.set(rows.browserSession(session.tokenHash), session, {
      expireInMs: BROWSER_SESSION_MS,
    });
    return { session, token };
  }

  /** The live session that the cookie's token stands for. */
  async verify(token: string): Promise<BrowserSessionRow | null> {
    return await this.get(await hashSecret(token));
  }

  /** The live session with this hash. */
  async get(hash: string): Promise<BrowserSessionRow | null> {
    const session = await this.#parts.store.get(rows.browserSession(hash));
    return session !== null && this.#parts.clock.now() < session.expiresAtMs ? session : null;
  }

  /** Moves the session's end on, at most every `RENEW_EVERY_MS`. @returns whether it did */
  async renew(hash: string): Promise<boolean> {
    const nowMs = this.#parts.clock.now();
    const row = rows.browserSession(hash);
    return await this.#parts.store.update(row, (session, commit) => {
      if (session === null || nowMs >= session.expiresAtMs) return false;
      if (nowMs - session.renewedAtMs < RENEW_EVERY_MS) return false;
      const expiresAtMs = nowMs + BROWSER_SESSION_MS;
      commit.set(row, { ...session, renewedAtMs: nowMs, expiresAtMs }, {
        expireInMs: BROWSER_SESSION_MS,
      });
      return true;
    });
  }

  /** The account's live sessions, the last used first. */
  async list(account: AccountId): Promise<BrowserSessionRow[]> {
    const { store, clock } = this.#parts;
    const found: BrowserSessionRow[] = [];
    for await (const { value } of store.list(prefixes.browserSessions, { limit: Infinity })) {
      if (value.account === account && clock.now() < value.expiresAtMs) found.push(value);
    }
    return found.sort((a, b) => b.renewedAtMs - a.renewedAtMs || b.createdAtMs - a.createdAtMs);
  }

  /** Ends the browser's own session. */
  async signOut(hash: string, actor: Actor): Promise<void> {
    const session = await this.#parts.store.get(rows.browserSession(hash));
    if (session !== null) await this.#end(session, { actor, what: "sign_out" });
  }

  /** @returns whether the account had such a session */
  async revoke(account: AccountId, id: BrowserSessionId, actor: Actor): Promise<boolean> {
    const session = (await this.list(account)).find((session) => session.id === id);
    if (session === undefined) return false;
    await this.#end(session, { actor, what: "browser_session.revoke" });
    return true;
  }

  /** Ends them all. @returns how many there were */
  async revokeAll(account: AccountId, actor: Actor): Promise<number> {
    const sessions = await this.list(account);
    for (const session of sessions) {
      await this.#end(session, { actor, what: "browser_session.revoke" });
    }
    return sessions.length;
  }

  async #end(
    session: BrowserSessionRow,
    entry?: { actor: Actor; what: "sign_out" | "browser_session.revoke" },
  ): Promise<void> {
    const { store, audit, revocations } = this.#parts;
    const commit = store.commit()
      .delete(rows.browserSession(session.tokenHash))
      .delete(rows.pushDevices(session.tokenHash));
    revocations.add(commit, session.tokenHash);
    if (entry) audit.add(commit, entry.actor, { what: entry.what, target: session.id });
    await commit.commit();
  }
}

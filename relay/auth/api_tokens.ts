import { type Clock, type Log, silentLog } from "@chatcode/kit";
import type { HostId } from "@chatcode/protocol";
import {
  type Account,
  type AccountId,
  type ApiTokenId,
  apiTokenId,
  type ApiTokenRow,
  displayName,
  prefixes,
  type Role,
  rows,
} from "../kv/keys.ts";
import type { Store } from "../kv/store.ts";
import type { AuditLog } from "./audit.ts";
import type { Actor } from "./principal.ts";
import type { Revocations } from "./revocations.ts";
import { lesserRole } from "./rights.ts";
import { hashSecret, newId, newSecret } from "./secret.ts";

/** The last use is written at most this often, in milliseconds. */
export const LAST_USED_EVERY_MS = 60_000;

/** Live tokens of one account. */
export const MAX_API_TOKENS = 100;

export interface WantedApiToken {
  readonly name: string;
  /** Brought down to the account's own. */
  readonly role: Role;
  /** Default: never. */
  readonly expiresAtMs?: number | null;
  /** The machines it may see. Default: all. */
  readonly hosts?: readonly HostId[] | null;
}

export type ApiTokenCreation =
  | { state: "done"; row: ApiTokenRow; token: string } // the token is shown once
  | { state: "limit" };

interface Parts {
  store: Store;
  clock: Clock;
  audit: AuditLog;
  revocations: Revocations;
  log?: Log;
}

/** Bearer tokens for clients without a browser. */
export class ApiTokens {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** @throws {z.ZodError} if the name is no display name */
  async create(account: Account, wanted: WantedApiToken, actor: Actor): Promise<ApiTokenCreation> {
    const { store, clock, audit } = this.#parts;
    if ((await this.list(account.id)).length >= MAX_API_TOKENS) return { state: "limit" };
    const token = newSecret("cca_");
    const nowMs = clock.now();
    const expiresAtMs = wanted.expiresAtMs ?? null;
    const row: ApiTokenRow = {
      id: apiTokenId.parse(newId("tok")),
      account: account.id,
      name: displayName.parse(wanted.name),
      role: lesserRole(wanted.role, account.role),
      hosts: wanted.hosts ? [...wanted.hosts] : null,
      tokenHash: await hashSecret(token),
      createdAtMs: nowMs,
      expiresAtMs,
      lastUsedAtMs: null,
    };
    const commit = store.commit().set(rows.apiToken(row.tokenHash), row, expiry(row, nowMs));
    audit.add(commit, actor, { what: "api_token.create", target: row.id });
    await commit.commit();
    return { state: "done", row, token };
  }

  /** The live token's row; notes the use. */
  async verify(token: string): Promise<ApiTokenRow | null> {
    const row = await this.get(await hashSecret(token));
    if (row !== null) await this.#noteUse(row);
    return row;
  }

  /** The live token with this hash. */
  async get(hash: string): Promise<ApiTokenRow | null> {
    const row = await this.#parts.store.get(rows.apiToken(hash));
    return row !== null && this.#isLive(row) ? row : null;
  }

  /** The account's live tokens, the newest first. */
  async list(account: AccountId): Promise<ApiTokenRow[]> {
    const listing = this.#parts.store.list(prefixes.apiTokens, { limit: Infinity });
    return (await Array.fromAsync(listing)).map(({ value }) => value)
      .filter((row) => row.account === account && this.#isLive(row))
      .sort((a, b) => b.createdAtMs - a.createdAtMs);
  }

  /** Dead at once, and what it opened is cut. @returns whether the account had such a token */
  async revoke(account: AccountId, id: ApiTokenId, actor: Actor): Promise<boolean> {
    const row = (await this.list(account)).find((row) => row.id === id);
    if (row === undefined) return false;
    const { store, audit, revocations } = this.#parts;
    const commit = store.commit().delete(rows.apiToken(row.tokenHash));
    revocations.add(commit, row.tokenHash);
    audit.add(commit, actor, { what: "api_token.revoke", target: id });
    await commit.commit();
    return true;
  }

  /** A store that takes no writes must not lock anybody out: the note is left out then. */
  async #noteUse({ tokenHash }: ApiTokenRow): Promise<void> {
    const { store, clock, log = silentLog } = this.#parts;
    const nowMs = clock.now();
    const key = rows.apiToken(tokenHash);
    try {
      await store.update(key, (row, commit) => {
        if (row === null || nowMs - (row.lastUsedAtMs ?? 0) < LAST_USED_EVERY_MS) return;
        commit.set(key, { ...row, lastUsedAtMs: nowMs }, expiry(row, nowMs));
      });
    } catch (error) {
      log.warn("api_token.use_not_noted", { error });
    }
  }

  #isLive({ expiresAtMs }: ApiTokenRow): boolean {
    return expiresAtMs === null || this.#parts.clock.now() < expiresAtMs;
  }
}

function expiry({ expiresAtMs }: ApiTokenRow, nowMs: number): { expireInMs?: number } {
  return expiresAtMs === null ? {} : { expireInMs: Math.max(1, expiresAtMs - nowMs) };
}

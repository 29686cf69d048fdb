import type { Clock } from "@chatcode/kit";
import { type HostId, hostId } from "@chatcode/protocol";
import { displayName, type HostRow, prefixes, rows } from "../kv/keys.ts";
import type { Commit, Store } from "../kv/store.ts";
import type { AuditLog } from "./audit.ts";
import type { Actor } from "./principal.ts";
import type { Revocations } from "./revocations.ts";
import { hashSecret, newId, newSecret, sameText } from "./secret.ts";

/** Machines that one relay knows. */
export const MAX_HOSTS = 1_000;

export interface NewHostToken {
  readonly host: HostRow;
  /** Shown once: only its hash is kept. */
  readonly token: string;
}

export type HostChange = { state: "done"; host: HostRow } | { state: "unknown" };
export type HostRotation = ({ state: "done" } & NewHostToken) | { state: "unknown" };
export type HostCreation = ({ state: "done" } & NewHostToken) | { state: "limit" };

export type HostCheck =
  | { state: "ok"; host: HostRow; credential: string }
  | { state: "refused"; code: "UNKNOWN_HOST" | "BAD_TOKEN" | "REVOKED" };

interface Parts {
  store: Store;
  clock: Clock;
  audit: AuditLog;
  revocations: Revocations;
}

/** The machines and what proves that a gateway is theirs. */
export class HostTokens {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** @throws {z.ZodError} if `name` is no display name */
  async create(name: string, actor: Actor): Promise<HostCreation> {
    const { store, clock, audit } = this.#parts;
    const hosts = await this.list();
    if (hosts.length >= MAX_HOSTS) return { state: "limit" };
    const token = newSecret("ccg_");
    const nowMs = clock.now();
    const host: HostRow = {
      id: hostId.parse(newId("h")),
      name: displayName.parse(name),
      tokenHash: await hashSecret(token),
      createdAtMs: nowMs,
      tokenAtMs: nowMs,
      revokedAtMs: null,
    };
    const commit = store.commit().set(rows.host(host.id), host);
    audit.add(commit, actor, { what: "host.create", target: host.id });
    await commit.commit();
    return { state: "done", host, token };
  }

  async get(id: HostId): Promise<HostRow | null> {
    return await this.#parts.store.get(rows.host(id));
  }

  /** By name, then by age. */
  async list(): Promise<HostRow[]> {
    const listing = this.#parts.store.list(prefixes.hosts, { limit: Infinity });
    const hosts = (await Array.fromAsync(listing)).map(({ value }) => value);
    return hosts.sort((a, b) => a.name.localeCompare(b.name) || a.createdAtMs - b.createdAtMs);
  }

  /** @throws {z.ZodError} if `name` is no display name */
  async rename(id: HostId, name: string, actor: Actor): Promise<HostChange> {
    const wanted = displayName.parse(name);
    return await this.#change(id, (host, commit) => {
      this.#parts.audit.add(commit, actor, { what: "host.rename", target: id });
      return { ...host, name: wanted };
    });
  }

  /** A new token, also for a revoked machine; the old one is dead at once and what it opened is cut. */
  async rotate(id: HostId, actor: Actor): Promise<HostRotation> {
    const { audit, revocations, clock } = this.#parts;
    const token = newSecret("ccg_");
    const tokenHash = await hashSecret(token);
    const change = await this.#change(id, (host, commit) => {
      revocations.add(commit, host.tokenHash);
      audit.add(commit, actor, { what: "host.rotate", target: id });
      return { ...host, tokenHash, tokenAtMs: clock.now(), revokedAtMs: null };
    });
    return change.state === "done" ? { ...change, token } : change;
  }

  /** The token is dead at once and what it opened is cut; the machine stays listed. */
  async revoke(id: HostId, actor: Actor): Promise<HostChange> {
    const { audit, revocations, clock } = this.#parts;
    return await this.#change(id, (host, commit) => {
      if (host.revokedAtMs !== null) return host;
      revocations.add(commit, host.tokenHash);
      audit.add(commit, actor, { what: "host.revoke", target: id });
      return { ...host, revokedAtMs: clock.now() };
    });
  }

  /** As `revoke()`, and the machine is forgotten. */
  async remove(id: HostId, actor: Actor): Promise<HostChange> {
    const { store, audit, revocations } = this.#parts;
    return await store.update(rows.host(id), (host, commit): HostChange => {
      if (host === null) return { state: "unknown" };
      revocations.add(commit, host.tokenHash);
      audit.add(commit, actor, { what: "host.remove", target: id });
      commit.delete(rows.host(id)).delete(rows.hostSeen(id)).delete(rows.route(id));
      return { state: "done", host };
    });
  }

  /**
   * Whether `token` is the machine's. The time does not tell how much of it is right. Revoked is
   * said only to who has the right token.
   */
  async verify(id: string, token: string): Promise<HostCheck> {
    const credential = await hashSecret(token);
    const parsed = hostId.safeParse(id);
    const host = parsed.success ? await this.get(parsed.data) : null;
    const same = sameText(credential, host?.tokenHash ?? credential.replace(/./g, "-"));
    if (host === null) return { state: "refused", code: "UNKNOWN_HOST" };
    if (!same) return { state: "refused", code: "BAD_TOKEN" };
    if (host.revokedAtMs !== null) return { state: "refused", code: "REVOKED" };
    return { state: "ok", host, credential };
  }

  async #change(
    id: HostId,
    edit: (host: HostRow, commit: Commit) => HostRow,
  ): Promise<HostChange> {
    const row = rows.host(id);
    return await this.#parts.store.update(row, (host, commit): HostChange => {
      if (host === null) return { state: "unknown" };
      const edited = edit(host, commit);
      if (edited !== host) commit.set(row, edited);
      return { state: "done", host: edited };
    });
  }
}

import type { Clock, Log } from "@chatcode/kit";
import { type MethodInput, type MethodResult, ProtocolError } from "@chatcode/protocol";
import type { Auth } from "../auth/auth.ts";
import type { Principal } from "../auth/principal.ts";
import { RateLimit } from "../auth/rate_limit.ts";
import { rows } from "../kv/keys.ts";
import type { PreviewGrantRow } from "../kv/preview_keys.ts";
import type { Store } from "../kv/store.ts";
import type { Operations } from "../operations.ts";
import { type Grant, GrantTokens } from "./grant_tokens.ts";

/** How long a link shows its file, in milliseconds. */
export const PREVIEW_LINK_MS = 5 * 60_000;

/** A link that is over is remembered this much longer, to say in the log why. */
const REMEMBERED_MS = 3600_000;

/** Links that one account may make. */
export const LINK_RULE = { burst: 300, refillMs: 500 };

export interface PreviewsParts {
  readonly store: Store;
  readonly auth: Auth;
  readonly operations: Operations;
  /** Where links lead. */
  readonly origin: string;
  readonly clock: Clock;
  readonly log: Log;
}

/** Why a link shows nothing: for the log, never for whoever has the link. */
export type Refusal =
  | "altered"
  | "other_path"
  | "expired"
  | "revoked"
  | "unknown"
  | "signed_out"
  | "no_account";

export type LinkCheck =
  | { state: "good"; id: string; row: PreviewGrantRow; principal: GrantPrincipal }
  | { state: "refused"; why: Refusal; id?: string };

/** In whose name a link reads. */
export type GrantPrincipal = Pick<Principal, "account" | "role" | "hosts" | "credential">;

/**
 * Links that show one file to whoever has them, for five minutes. A link holds a signature; what it
 * is for and whether it still counts stands in the store. SPEC [PV1] [PV3].
 */
export class Previews {
  readonly #parts: PreviewsParts;
  readonly #tokens: GrantTokens;
  readonly #rate: RateLimit<"link">;
  /** What is being sent by a link now. */
  readonly #running = new Map<string, Set<() => void>>();

  private constructor(parts: PreviewsParts, tokens: GrantTokens) {
    this.#parts = parts;
    this.#tokens = tokens;
    const rules = { perClient: { link: LINK_RULE }, global: { burst: 10_000, refillMs: 1 } };
    this.#rate = new RateLimit(rules, parts);
  }

  static async open(parts: PreviewsParts): Promise<Previews> {
    return new Previews(parts, await GrantTokens.open(parts.store, parts.clock));
  }

  get origin(): string {
    return this.#parts.origin;
  }

  /**
   * A link to a file that may be read now.
   * @throws ProtocolError FORBIDDEN, HOST_NOT_FOUND, HOST_OFFLINE, FILE_NOT_FOUND, FILE_NOT_ALLOWED,
   * RATE_LIMITED, TIMEOUT
   */
  async link(
    principal: Principal,
    wanted: MethodInput<"previews.create">,
  ): Promise<MethodResult<"previews.create">> {
    const { clock, operations, origin, store } = this.#parts;
    const rate = this.#rate.take("link", principal.account);
    if (rate.state === "limited") {
      const { retryAfterMs } = rate;
      throw new ProtocolError("RATE_LIMITED", "Cannot make a link: too many", { retryAfterMs });
    }
    const file = await operations.call(principal, "files.stat", wanted);
    if (file.kind !== "file") {
      throw new ProtocolError("FILE_NOT_ALLOWED", "Cannot make a link: it is a folder");
    }
    const createdAtMs = clock.now();
    const expiresAtMs = createdAtMs + PREVIEW_LINK_MS;
    const { token, id } = await this.#tokens.issue(file.path, expiresAtMs);
    const kind = principal.via.kind;
    await store.set(rows.previewGrant(id), {
      account: principal.account,
      hosts: principal.hosts === "all" ? null : [...principal.hosts],
      credential: {
        kind: kind === "browser_session" || kind === "api_token" ? kind : "other",
        hash: principal.credential,
      },
      host: wanted.host as PreviewGrantRow["host"],
      path: file.path,
      mediaType: file.mediaType,
      createdAtMs,
      expiresAtMs,
      revokedAtMs: null,
    }, { expireInMs: PREVIEW_LINK_MS + REMEMBERED_MS });
    const { name, size, mediaType } = file;
    return { id, url: `${origin}/p/${token}`, expiresAtMs, name, size, mediaType };
  }

  /** Ends a link of one's own, and what is being sent by it here. One that is over is no error. */
  async revoke(principal: Pick<Principal, "account">, id: string): Promise<void> {
    const { clock, store } = this.#parts;
    const row = rows.previewGrant(id);
    const mine = await store.update(row, (grant, commit) => {
      if (grant?.account !== principal.account) return false;
      const revoked = { ...grant, revokedAtMs: grant.revokedAtMs ?? clock.now() };
      commit.set(row, revoked, { expireInMs: PREVIEW_LINK_MS + REMEMBERED_MS });
      return true;
    });
    if (mine) { for (const cut of this.#running.get(id) ?? []) cut(); }
  }

  /**
   * Whether a link counts now. It costs the same whatever is wrong with it.
   * @param more what stands in the URL behind the link: a link is for no other path
   */
  async check(token: string, more: { otherPath: boolean }): Promise<LinkCheck> {
    const { auth, clock, store } = this.#parts;
    const grant = await this.#tokens.parse(token);
    const row = await store.get(rows.previewGrant(grant?.id ?? "none"));
    const account = await auth.accounts.get(row?.account ?? NOBODY);
    const isSignedIn = await this.#isAlive(
      row?.credential ?? { kind: "browser_session", hash: "" },
    );
    const fits = await this.#tokens.isFor(grant ?? NO_GRANT, row?.path ?? "");
    if (grant === undefined) return { state: "refused", why: "altered" };
    const { id } = grant;
    const refused = (why: Refusal): LinkCheck => ({ state: "refused", why, id });
    if (more.otherPath || (row !== null && !fits)) return refused("other_path");
    if (clock.now() >= grant.expiresAtMs) return refused("expired");
    if (row === null) return refused("unknown");
    if (row.revokedAtMs !== null) return refused("revoked");
    if (!isSignedIn) return refused("signed_out");
    if (account === null) return refused("no_account");
    const principal = {
      account: account.id,
      role: account.role,
      hosts: row.hosts ?? "all" as const,
      credential: row.credential.hash,
    };
    return { state: "good", id, row, principal };
  }

  /** Calls `cut` when the link is revoked here, or who made it is signed out. */
  whileGood(id: string, principal: GrantPrincipal, cut: () => void): Disposable {
    const running = this.#running.get(id) ?? new Set();
    this.#running.set(id, running.add(cut));
    const { credential } = principal;
    const ended = this.#parts.auth.onEnded({ credential, expiresAtMs: null }, cut);
    return {
      [Symbol.dispose]: () => {
        ended[Symbol.dispose]();
        running.delete(cut);
        if (running.size === 0 && this.#running.get(id) === running) this.#running.delete(id);
      },
    };
  }

  async #isAlive({ kind, hash }: PreviewGrantRow["credential"]): Promise<boolean> {
    const { auth } = this.#parts;
    switch (kind) {
      case "browser_session":
        return await auth.browserSessions.get(hash) !== null;
      case "api_token":
        return await auth.apiTokens.get(hash) !== null;
      case "other":
        return true;
    }
  }
}

const NOBODY = "acc_0000000000000000" as PreviewGrantRow["account"];
const NO_GRANT: Grant = { id: "", expiresAtMs: 0, pathHash: "" };

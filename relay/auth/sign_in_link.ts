import type { Clock } from "@chatcode/kit";
import { type Account, rows, type SignInLinkRow } from "../kv/keys.ts";
import type { Commit, Store } from "../kv/store.ts";
import type { Accounts } from "./accounts.ts";
import type { AuditLog } from "./audit.ts";
import type { Actor } from "./principal.ts";
import { hashSecret, newSecret } from "./secret.ts";

/** How long a link can be used, in milliseconds: 15 minutes. */
export const SIGN_IN_LINK_MS = 15 * 60_000;

/** A used or expired link is remembered this much longer, to say which of the two it is. */
const REMEMBERED_MS = 24 * 3600_000;

export interface SignInLink {
  /** The token is in the fragment: browsers send that to no server and in no Referer. */
  readonly url: string;
  readonly expiresAtMs: number;
  /** `claim`: whoever uses it becomes the owner. */
  readonly purpose: "claim" | "sign_in";
}

export type LinkUse =
  | { state: "signed_in"; account: Account; claimed: boolean }
  | { state: "refused"; code: "LINK_UNKNOWN" | "LINK_USED" | "LINK_EXPIRED" };

/** One-time links that sign a browser in. */
export class SignInLinks {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #accounts: Accounts;
  readonly #audit: AuditLog;
  readonly #publicUrl: URL;

  constructor(
    parts: { store: Store; clock: Clock; accounts: Accounts; audit: AuditLog; publicUrl: URL },
  ) {
    this.#store = parts.store;
    this.#clock = parts.clock;
    this.#accounts = parts.accounts;
    this.#audit = parts.audit;
    this.#publicUrl = parts.publicUrl;
  }

  /** A link into the owner's account; before there is an owner, one that makes it. */
  async create(actor: Actor): Promise<SignInLink> {
    const owner = await this.#accounts.owner();
    const token = newSecret();
    const createdAtMs = this.#clock.now();
    const link: SignInLinkRow = {
      account: owner?.id ?? null,
      createdAtMs,
      expiresAtMs: createdAtMs + SIGN_IN_LINK_MS,
      usedAtMs: null,
    };
    const commit = this.#store.commit().set(rows.signInLink(await hashSecret(token)), link, {
      expireInMs: SIGN_IN_LINK_MS + REMEMBERED_MS,
    });
    this.#audit.add(commit, actor, { what: "sign_in_link.create", target: owner?.id ?? "owner" });
    await commit.commit();
    return {
      url: new URL(`/sign-in#${token}`, this.#publicUrl).href,
      expiresAtMs: link.expiresAtMs,
      purpose: owner === null ? "claim" : "sign_in",
    };
  }

  /** Spends a link's token. However many try at once, one of them gets in. */
  async use(token: string, address: string): Promise<LinkUse> {
    const row = rows.signInLink(await hashSecret(token));
    return await this.#store.update(row, async (link, commit): Promise<LinkUse> => {
      if (link === null) return { state: "refused", code: "LINK_UNKNOWN" };
      if (link.usedAtMs !== null) return { state: "refused", code: "LINK_USED" };
      const usedAtMs = this.#clock.now();
      if (usedAtMs >= link.expiresAtMs) return { state: "refused", code: "LINK_EXPIRED" };

      const claimed = link.account === null;
      const account = link.account === null
        ? await this.#claim(commit)
        : await this.#accounts.get(link.account);
      // Somebody else claimed the relay, or the account is gone: the link leads nowhere now.
      if (account === null) return { state: "refused", code: "LINK_USED" };
      commit.set(row, { ...link, usedAtMs }, { expireInMs: REMEMBERED_MS });
      const actor = { who: account.id, address };
      const what = claimed ? "owner.claim" : "sign_in";
      this.#audit.add(commit, actor, { what, target: account.id });
      return { state: "signed_in", account, claimed };
    });
  }

  async #claim(commit: Commit): Promise<Account | null> {
    return await this.#accounts.owner() === null ? this.#accounts.addOwner(commit) : null;
  }
}

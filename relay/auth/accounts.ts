import type { Clock } from "@chatcode/kit";
import { type Account, type AccountId, accountId, rows } from "../kv/keys.ts";
import type { Commit, Store } from "../kv/store.ts";
import type { AuditLog } from "./audit.ts";
import type { Actor } from "./principal.ts";
import { newId } from "./secret.ts";

/** The people of this relay. The first one to claim it is its owner. */
export class Accounts {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #audit: AuditLog;

  constructor(store: Store, parts: { clock: Clock; audit: AuditLog }) {
    this.#store = store;
    this.#clock = parts.clock;
    this.#audit = parts.audit;
  }

  async get(id: AccountId): Promise<Account | null> {
    return await this.#store.get(rows.account(id));
  }

  /** The owner, or `null` before the first claim. */
  async owner(): Promise<Account | null> {
    const owner = await this.#store.get(rows.owner);
    return owner && await this.get(owner.account);
  }

  /** The owner; made now if the relay has none. */
  async makeOwner(actor: Actor): Promise<Account> {
    return await this.#store.update(rows.owner, async (owner, commit) => {
      const account = owner && await this.get(owner.account);
      if (account !== null) return account;
      const made = this.addOwner(commit);
      this.#audit.add(commit, actor, { what: "owner.claim", target: made.id });
      return made;
    });
  }

  /** Adds the making of the owner to `commit`, which fails if there is one by then. */
  addOwner(commit: Commit): Account {
    const owner: Account = {
      id: accountId.parse(newId("acc")),
      name: "Owner",
      role: "owner",
      createdAtMs: this.#clock.now(),
    };
    commit.check(rows.owner, null)
      .set(rows.owner, { account: owner.id })
      .set(rows.account(owner.id), owner);
    return owner;
  }
}

import type { Clock } from "@chatcode/kit";
import { type Account, type AccountId, accountId, rows } from "../kv/keys.ts";
import type { Commit, Store } from "../kv/store.ts";
import { newId } from "./secret.ts";

/** The people of this relay. The first one to claim it is its owner. */
export class Accounts {
  readonly #store: Store;
  readonly #clock: Clock;

  constructor(store: Store, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  async get(id: AccountId): Promise<Account | null> {
    return await this.#store.get(rows.account(id));
  }

  /** The owner, or `null` before the first claim. */
  async owner(): Promise<Account | null> {
    const owner = await this.#store.get(rows.owner);
    return owner && await this.get(owner.account);
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

import { FakeClock } from "../../../kit/testing/fake_clock.ts";
import type { Account } from "../../kv/keys.ts";
import { openStore } from "../../kv/open.ts";
import type { Store } from "../../kv/store.ts";
import { type Auth, openAuth } from "../auth.ts";
import { ADMIN } from "../principal.ts";

export interface TestAuth extends AsyncDisposable {
  readonly auth: Auth;
  readonly store: Store;
  readonly clock: FakeClock;
}

/** Everything about identity on a KV in memory, with a clock that the test moves. */
export async function openTestAuth(publicUrl = "http://127.0.0.1:8000/"): Promise<TestAuth> {
  const clock = new FakeClock();
  const store = await openStore({ kind: "memory" });
  const auth = await openAuth(store, { publicUrl: new URL(publicUrl), clock });
  return {
    auth,
    store,
    clock,
    async [Symbol.asyncDispose]() {
      await auth[Symbol.asyncDispose]();
      store[Symbol.dispose]();
    },
  };
}

/** The one-time token in a sign-in link. */
export function tokenOf(url: string): string {
  return new URL(url).hash.slice(1);
}

/** Claims the relay by a link, as a person would. */
export async function claimOwner({ auth }: Pick<TestAuth, "auth">): Promise<Account> {
  const { url } = await auth.signInLinks.create(ADMIN);
  const use = await auth.signInLinks.use(tokenOf(url), "192.0.2.1");
  if (use.state !== "signed_in") throw new Error(`Cannot claim: ${use.code}`);
  return use.account;
}

/** Resolves when `listener` was called, with what it was called with. */
export function called<T>(): { listener: (value: T) => void; value: Promise<T> } {
  const { promise, resolve } = Promise.withResolvers<T>();
  return { listener: resolve, value: promise };
}

import type { Clock } from "@chatcode/kit";
import type { Auth } from "../../auth/auth.ts";
import type { Principal } from "../../auth/principal.ts";
import { hashSecret, newSecret } from "../../auth/secret.ts";
import { rows } from "../../kv/keys.ts";
import type { Store } from "../../kv/store.ts";
import type { Chats, LinkOutcome } from "../chats.ts";
import type { Person } from "./incoming.ts";

/** How long a code can be used, in milliseconds: 10 minutes. */
export const PAIRING_CODE_MS = 10 * 60_000;

export interface PairingCode {
  /** What a deep link's `start` may hold: 43 characters of A-Z, a-z, 0-9, _ and -. */
  readonly code: string;
  readonly expiresAtMs: number;
}

export type PairingOutcome = LinkOutcome | { state: "unknown" };

/** Links an account with the Telegram user who brings the code that the account was given. */
export class Pairing {
  readonly #parts: { store: Store; auth: Auth; chats: Chats; clock: Clock };

  constructor(parts: { store: Store; auth: Auth; chats: Chats; clock: Clock }) {
    this.#parts = parts;
  }

  async makeCode({ account }: Principal): Promise<PairingCode> {
    const { store, clock } = this.#parts;
    const code = newSecret();
    const expiresAtMs = clock.now() + PAIRING_CODE_MS;
    await store.set(rows.telegramPairing(await hashSecret(code)), { account, expiresAtMs }, {
      expireInMs: PAIRING_CODE_MS,
    });
    return { code, expiresAtMs };
  }

  /** The code is spent, whatever comes of it: of two who bring it, one is heard. */
  async use(code: string, person: Person, topics: boolean): Promise<PairingOutcome> {
    const { store, auth, chats, clock } = this.#parts;
    const row = rows.telegramPairing(await hashSecret(code));
    const spent = await store.update(row, (kept, commit) => {
      if (kept !== null) commit.delete(row);
      return kept;
    });
    if (spent === null || clock.now() >= spent.expiresAtMs) return { state: "unknown" };
    if (await auth.accounts.get(spent.account) === null) return { state: "unknown" };
    const { account } = spent;
    const wanted = { account, user: person.id, name: person.name, topics };
    return await chats.link(wanted, (commit) => {
      auth.audit.add(commit, { who: account }, {
        what: "telegram.link",
        target: String(person.id),
      });
    });
  }
}

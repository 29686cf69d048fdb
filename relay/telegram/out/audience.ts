import type { Clock } from "@chatcode/kit";
import type { HostId } from "@chatcode/protocol";
import type { Accounts } from "../../auth/accounts.ts";
import { may } from "../../auth/rights.ts";
import type { Account, TelegramLinkRow, TelegramSettings } from "../../kv/keys.ts";
import type { Chats } from "../chats.ts";
import type { TelegramSettingsBook } from "../settings.ts";

/** What is changed through another instance of the relay is seen within this time, in milliseconds. */
export const AUDIENCE_EVERY_MS = 5_000;

/** Somebody who is told of sessions in Telegram. */
export interface Reader {
  readonly account: Account;
  readonly link: TelegramLinkRow;
  readonly settings: TelegramSettings;
}

interface Parts {
  readonly chats: Chats;
  readonly settings: Pick<TelegramSettingsBook, "get">;
  readonly accounts: Pick<Accounts, "get">;
  readonly clock: Clock;
}

/** Who is to be told of what happens on a machine. */
export class Audience implements Disposable {
  readonly #parts: Parts;
  readonly #listening: Disposable;
  #readers: Promise<Reader[]> | undefined;
  #readAtMs = 0;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#listening = parts.chats.listen(() => this.#readers = undefined);
  }

  /** @throws {KvError} */
  async of(host: HostId): Promise<Reader[]> {
    const readers = await this.all();
    return readers.filter(({ account: { role } }) =>
      may({ role, hosts: "all" }, "host.view", host)
    );
  }

  /** @throws {KvError} */
  async all(): Promise<Reader[]> {
    const nowMs = this.#parts.clock.now();
    if (this.#readers === undefined || nowMs >= this.#readAtMs + AUDIENCE_EVERY_MS) {
      this.#readAtMs = nowMs;
      this.#readers = this.#read();
    }
    try {
      return await this.#readers;
    } catch (error) {
      this.#readers = undefined;
      throw error;
    }
  }

  [Symbol.dispose](): void {
    this.#listening[Symbol.dispose]();
  }

  async #read(): Promise<Reader[]> {
    const { accounts, chats, settings } = this.#parts;
    const readers = await Promise.all((await chats.links()).map(async (link) => {
      const account = await accounts.get(link.account);
      return account && { account, link, settings: await settings.get(link.account) };
    }));
    return readers.filter((reader) => reader !== null);
  }
}

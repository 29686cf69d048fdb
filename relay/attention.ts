import type { HostId, SessionId } from "@chatcode/protocol";
import type { AccountId } from "./kv/keys.ts";

/** An account looks at a session now. */
export interface Look {
  readonly account: AccountId;
  readonly host: HostId;
  readonly session: SessionId;
}

/** Who looks at which session: views in the foreground, at this instance of the relay. */
export class Attention {
  readonly #looks = new Map<string, number>();
  readonly #listeners = new Set<(look: Look) => void>();

  /** Counts until it is disposed. */
  look(look: Look): Disposable {
    const key = keyOf(look);
    this.#looks.set(key, (this.#looks.get(key) ?? 0) + 1);
    for (const listener of this.#listeners) listener(look);
    let looking = true;
    return {
      [Symbol.dispose]: () => {
        if (!looking) return;
        looking = false;
        const left = (this.#looks.get(key) ?? 1) - 1;
        if (left > 0) this.#looks.set(key, left);
        else this.#looks.delete(key);
      },
    };
  }

  isOn(look: Look): boolean {
    return this.#looks.has(keyOf(look));
  }

  /** Tells of each look as it begins. */
  listen(listener: (look: Look) => void): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) };
  }
}

/** No id has a space in it. */
function keyOf({ account, host, session }: Look): string {
  return `${account} ${host} ${session}`;
}

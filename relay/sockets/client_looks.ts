import { MAX_CHANNELS, type MethodParams } from "@chatcode/protocol";
import type { Attention } from "../attention.ts";
import type { Principal } from "../auth/principal.ts";

type Focus = MethodParams<"sessions.focus">;

/** The sessions at which one client's socket says that its user looks. SPEC [SE6]. */
export class ClientLooks implements Disposable {
  readonly #principal: Principal;
  readonly #attention: Attention;
  /** In order of their beginning. */
  readonly #looks = new Map<string, Disposable>();

  constructor({ principal, attention }: { principal: Principal; attention: Attention }) {
    this.#principal = principal;
    this.#attention = attention;
  }

  /** Nobody looks at more sessions than there may be views: beyond, the oldest look ends. */
  focus({ host, session, foreground }: Focus): void {
    const key = `${host} ${session}`;
    const known = this.#looks.get(key);
    if (foreground === (known !== undefined)) return;
    if (!foreground) return this.#end(key);
    this.#looks.set(
      key,
      this.#attention.look({ account: this.#principal.account, host, session }),
    );
    for (const oldest of this.#looks.keys()) {
      if (this.#looks.size <= MAX_CHANNELS) break;
      this.#end(oldest);
    }
  }

  [Symbol.dispose](): void {
    for (const key of [...this.#looks.keys()]) this.#end(key);
  }

  #end(key: string): void {
    this.#looks.get(key)?.[Symbol.dispose]();
    this.#looks.delete(key);
  }
}

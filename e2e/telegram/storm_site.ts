import { silentLog, systemClock } from "@chatcode/kit";
import { openAuth } from "../../relay/auth/auth.ts";
import { ADMIN } from "../../relay/auth/principal.ts";
import type { TelegramMissingRow } from "../../relay/kv/keys.ts";
import { prefixes } from "../../relay/kv/keys.ts";
import { openStore } from "../../relay/kv/open.ts";
import { Chats } from "../../relay/telegram/chats.ts";
import { RUNTIME_FLAGS } from "../../tools/runtime_flags.ts";
import { Child } from "../harness/child.ts";
import type { GatewayCredentials } from "../harness/relay.ts";
import { entry } from "../harness/root.ts";

/** An account linked with a Telegram user, and machines, in a relay's data folder. */
export async function prepareData(
  data: string,
  user: { id: number; first_name: string },
  machines: readonly string[],
): Promise<GatewayCredentials[]> {
  await using store = await openStore({ kind: "dir", path: data });
  const log = silentLog;
  const clock = systemClock;
  await using auth = await openAuth(store, { publicUrl: new URL("http://127.0.0.1/"), clock, log });
  const link = await auth.signInLinks.create(ADMIN);
  const used = await auth.signInLinks.use(new URL(link.url).hash.slice(1), "test");
  if (used.state !== "signed_in") throw new Error("The first link must sign in");
  await new Chats(store, clock).link({
    account: used.account.id,
    user: user.id,
    name: user.first_name,
    topics: true,
  });
  const credentials: GatewayCredentials[] = [];
  for (const name of machines) {
    const made = await auth.hosts.create(name, ADMIN);
    if (made.state !== "done") throw new Error("No machine");
    credentials.push({ id: made.host.id, token: made.token });
  }
  return credentials;
}

/** What a stopped relay left in its store: messages that wait, and those that may be missing. */
export async function leftBehind(
  data: string,
): Promise<{ waiting: number; missing: TelegramMissingRow[] }> {
  await using store = await openStore({ kind: "dir", path: data });
  const waiting = await Array.fromAsync(store.list(prefixes.telegramItems, { limit: 10_000 }));
  const missing = await Array.fromAsync(
    store.list(prefixes.telegramMissing, { limit: 10_000 }),
    ({ value }) => value,
  );
  return { waiting: waiting.length, missing };
}

/** The relay as a process of its own that goes by a faster clock; it can be killed and comes again. */
export class StormRelay implements AsyncDisposable {
  readonly #args: readonly string[];
  #child: Child;
  /** Warnings and errors of all its lives, by event. */
  readonly complaints = new Map<string, number>();
  kills = 0;

  private constructor(args: readonly string[], child: Child, readonly port: number) {
    this.#args = args;
    this.#child = child;
  }

  static async start(
    options: { data: string; port: number; speed: number; originMs: number; flags: string[] },
  ): Promise<StormRelay> {
    const { data, port, speed, originMs, flags } = options;
    const args = ["run", "-A", ...RUNTIME_FLAGS, entry("e2e/telegram/storm_relay.ts")]
      .concat(`${speed}`, `${originMs}`, "--host", "127.0.0.1", "--port", `${port}`)
      .concat("--data", data, ...flags);
    const child = new Child("relay", { args });
    const ready = await child.event("relay.ready");
    return new StormRelay(args, child, Number(ready.port));
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  get child(): Child {
    return this.#child;
  }

  /** SIGKILL in the middle of whatever it does; then it starts anew, on the same port and data. */
  async killAndStart(): Promise<void> {
    await this.#child.kill();
    this.#note();
    this.kills += 1;
    this.#child = new Child("relay", {
      args: this.#args.map((arg, index) =>
        this.#args[index - 1] === "--port" ? `${this.port}` : arg
      ),
    });
    await this.#child.event("relay.ready");
  }

  /** As a person stops it. */
  async stop(): Promise<void> {
    await this.#child.stop();
    this.#note();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.running) await this.#child.stop();
  }

  #note(): void {
    for (const { level, event, text } of this.#child.lines) {
      if (level !== "warn" && level !== "error" && text === undefined) continue;
      const name = event ?? `"${text?.slice(0, 80)}"`;
      this.complaints.set(name, (this.complaints.get(name) ?? 0) + 1);
    }
  }
}

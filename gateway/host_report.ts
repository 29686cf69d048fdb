import { type Clock, systemClock } from "@chatcode/kit";
import {
  type Hello,
  type HostFacts,
  type HostId,
  type HostLoad,
  MAX_PROTOCOL,
  MIN_PROTOCOL,
  type Session,
  TICK_INTERVAL_MS,
} from "@chatcode/protocol";
import { readHostLoad } from "./host/load.ts";
import type { SessionWatch } from "./session_watch.ts";
import type { Uplink } from "./uplink.ts";

export interface HostReportOptions {
  readonly host: HostId;
  readonly facts: HostFacts;
  readonly watch: SessionWatch;
  readonly uplink: Pick<Uplink, "connected" | "sendEvent">;
  readonly clock?: Clock;
  readonly readLoad?: () => HostLoad;
}

/** Sessions in a hello, in bytes of JSON; what does not fit follows as events. */
const HELLO_SESSIONS_BYTES = 512 * 1024;
const HELLO_SESSIONS = 1_000;

/** Tells the relay of this machine and its sessions: all in the hello, then what changes. */
export class HostReport implements Disposable {
  readonly #options: HostReportOptions;
  readonly #clock: Clock;
  readonly #readLoad: () => HostLoad;
  /** What the relay on this connection knows. */
  #told = new Map<string, Session>();
  #tick: Disposable | undefined;

  constructor(options: HostReportOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#readLoad = options.readLoad ?? readHostLoad;
  }

  /** For a new connection. SPEC [HE2]. */
  hello(): Hello {
    const { facts, watch } = this.#options;
    const sessions: Session[] = [];
    let bytes = 0;
    for (const session of watch.sessions) {
      bytes += new TextEncoder().encode(JSON.stringify(session)).length;
      if (bytes > HELLO_SESSIONS_BYTES || sessions.length === HELLO_SESSIONS) break;
      sessions.push(session);
    }
    this.#told = new Map(sessions.map((session) => [session.id, session]));
    return {
      type: "hello",
      minProtocol: MIN_PROTOCOL,
      maxProtocol: MAX_PROTOCOL,
      client: { name: "chatcode-gateway", version: facts.gatewayVersion, role: "host" },
      caps: [],
      host: { facts, load: this.#readLoad(), sessions },
    };
  }

  /** What changed since the hello follows at once, load at each tick. */
  accepted(): void {
    this.sessionsChanged();
    this.#setTick();
  }

  lost(): void {
    this.#tick?.[Symbol.dispose]();
  }

  sessionsChanged(): void {
    const { uplink, watch } = this.#options;
    if (!uplink.connected) return;
    for (const change of watch.changesSince(this.#told)) uplink.sendEvent("session", change);
  }

  [Symbol.dispose](): void {
    this.lost();
  }

  #setTick(): void {
    this.#tick?.[Symbol.dispose]();
    this.#tick = this.#clock.setTimer(() => {
      const { host, uplink } = this.#options;
      if (!uplink.connected) return;
      uplink.sendEvent("health", { host, load: this.#readLoad() });
      this.#setTick();
    }, TICK_INTERVAL_MS);
  }
}

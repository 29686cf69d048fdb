import type { Clock } from "@chatcode/kit";
import type {
  EventName,
  EventPayload,
  Host,
  HostFacts,
  HostId,
  HostLoad,
  Session,
  SessionId,
} from "@chatcode/protocol";

/** One change of the roster, as the event that tells clients of it. */
export type RosterChange = {
  [N in EventName]: { event: N; payload: EventPayload<N>; host: HostId; stateVersion: number };
}["presence" | "session" | "health"];

/** Who is told of every change, in order, without being awaited. */
export type RosterListener = (change: RosterChange) => void;

interface Entry {
  host: Host;
  sessions: Map<SessionId, Session>;
}

/** Sessions a host may report; the rest is cut off, so that one host cannot fill the relay. */
export const MAX_SESSIONS_PER_HOST = 1_000;

/**
 * What this relay instance knows now: the machines, which are online, and the sessions on them. In
 * memory only; hosts report anew when they connect. `stateVersion` grows with every change.
 */
export class Roster {
  readonly #entries = new Map<HostId, Entry>();
  readonly #listeners = new Set<RosterListener>();
  readonly #clock: Clock;
  #stateVersion = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get stateVersion(): number {
    return this.#stateVersion;
  }

  hosts(): Host[] {
    return [...this.#entries.values()].map((entry) => entry.host);
  }

  host(id: HostId): Host | undefined {
    return this.#entries.get(id)?.host;
  }

  sessions(): Session[] {
    return [...this.#entries.values()].flatMap((entry) => [...entry.sessions.values()]);
  }

  sessionOf(host: HostId, id: SessionId): Session | undefined {
    return this.#entries.get(host)?.sessions.get(id);
  }

  listen(listener: RosterListener): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) };
  }

  /** A machine is registered, renamed, or was found in the store. */
  register(id: HostId, name: string, known: { seenAtMs?: number; facts?: HostFacts } = {}): void {
    const entry = this.#entries.get(id);
    if (entry?.host.name === name) return;
    if (entry) this.#presence({ ...entry.host, name });
    else {
      this.#entries.set(id, { host: { id, name, online: false, ...known }, sessions: new Map() });
      this.#presence(this.#entries.get(id)!.host);
    }
  }

  remove(id: HostId): void {
    const entry = this.#entries.get(id);
    if (!entry) return;
    this.#entries.delete(id);
    this.#tell(id, "presence", { host: { ...entry.host, online: false }, removed: true });
  }

  online(id: HostId, facts: HostFacts, load: HostLoad, sessions: readonly Session[]): void {
    const entry = this.#entries.get(id);
    if (!entry) return;
    const kept = sessions.filter((session) => session.host === id).slice(0, MAX_SESSIONS_PER_HOST);
    const before = entry.sessions;
    entry.sessions = new Map(kept.map((session) => [session.id, session]));
    this.#presence({ ...entry.host, online: true, facts, load, seenAtMs: this.#clock.now() });
    for (const session of kept) this.#tell(id, "session", { host: id, ended: false, session });
    for (const gone of before.keys()) {
      if (!entry.sessions.has(gone)) this.#tell(id, "session", { host: id, ended: true, id: gone });
    }
  }

  /** The sessions stay listed, as "lost": the host may be back in a moment. */
  offline(id: HostId): void {
    const entry = this.#entries.get(id);
    if (!entry?.host.online) return;
    const { rttMs: _, ...host } = entry.host;
    this.#presence({ ...host, online: false, seenAtMs: this.#clock.now() });
    for (const session of entry.sessions.values()) {
      this.session(id, { host: id, ended: false, session: { ...session, status: "lost" } });
    }
  }

  session(id: HostId, news: EventPayload<"session">): void {
    const sessions = this.#entries.get(id)?.sessions;
    if (!sessions) return;
    if (news.ended) {
      if (!sessions.delete(news.id)) return;
    } else {
      if (!sessions.has(news.session.id) && sessions.size >= MAX_SESSIONS_PER_HOST) return;
      sessions.set(news.session.id, news.session);
    }
    this.#tell(id, "session", news);
  }

  health(id: HostId, load: HostLoad, rttMs: number | undefined): void {
    const entry = this.#entries.get(id);
    if (!entry) return;
    const measured = rttMs === undefined ? {} : { rttMs };
    entry.host = { ...entry.host, load, seenAtMs: this.#clock.now(), ...measured };
    this.#tell(id, "health", { host: id, load, ...measured });
  }

  #presence(host: Host): void {
    this.#entries.get(host.id)!.host = host;
    this.#tell(host.id, "presence", { host });
  }

  #tell<N extends RosterChange["event"]>(host: HostId, event: N, payload: EventPayload<N>): void {
    const stateVersion = ++this.#stateVersion;
    const change = { event, payload, host, stateVersion } as RosterChange;
    for (const listener of this.#listeners) listener(change);
  }
}

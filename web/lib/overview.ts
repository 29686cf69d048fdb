import {
  type EventFrame,
  events,
  type Host,
  type HostId,
  type Session,
  type SessionId,
  type Snapshot,
} from "@chatcode/protocol";

/** The machines and sessions that this user may see, as of now. Never changed in place. */
export interface Overview {
  readonly hosts: ReadonlyMap<HostId, Host>;
  /** By `sessionKey()`. */
  readonly sessions: ReadonlyMap<string, Session>;
}

export const EMPTY_OVERVIEW: Overview = { hosts: new Map(), sessions: new Map() };

export function sessionKey(host: HostId, session: SessionId): string {
  return `${host}/${session}`;
}

export function overviewOf(snapshot: Snapshot): Overview {
  return {
    hosts: new Map(snapshot.hosts.map((host) => [host.id, host])),
    sessions: new Map(
      snapshot.sessions.map((session) => [sessionKey(session.host, session.id), session]),
    ),
  };
}

/** The overview after one event; the same object if the event changes nothing. SPEC [EV1]. */
export function amend(overview: Overview, frame: Pick<EventFrame, "event" | "payload">): Overview {
  switch (frame.event) {
    case "presence": {
      const { host, removed } = events.presence.parse(frame.payload);
      const hosts = new Map(overview.hosts);
      if (removed !== true) return { ...overview, hosts: hosts.set(host.id, host) };
      hosts.delete(host.id);
      const sessions = new Map(
        [...overview.sessions].filter(([, session]) => session.host !== host.id),
      );
      return { hosts, sessions };
    }
    case "session": {
      const news = events.session.parse(frame.payload);
      const sessions = new Map(overview.sessions);
      if (news.ended) sessions.delete(sessionKey(news.host, news.id));
      else sessions.set(sessionKey(news.host, news.session.id), news.session);
      return { ...overview, sessions };
    }
    case "health": {
      const { host: id, load, rttMs } = events.health.parse(frame.payload);
      const host = overview.hosts.get(id);
      if (host === undefined) return overview;
      const hosts = new Map(overview.hosts);
      hosts.set(id, { ...host, load, ...(rttMs !== undefined && { rttMs }) });
      return { ...overview, hosts };
    }
    default:
      return overview;
  }
}

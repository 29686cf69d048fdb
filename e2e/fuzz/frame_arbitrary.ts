import fc from "fast-check";
import { channels, nasty, seqs } from "./wire_arbitrary.ts";

/** What the frames are about; `prey` is a session that they may attach to, type into and end. */
export interface Scene {
  readonly host: string;
  readonly prey: string;
}

type Fields = fc.Arbitrary<Record<string, unknown>>;

const epoch = fc.constantFrom("", "e1", "0".repeat(64));
const reason = fc.constantFrom("ended", "detached", "host-offline", "replaced", "failed");

/** Frames of a channel, in whatever direction. */
export const channelFrame: Fields = fc.oneof(
  fc.record({
    type: fc.constant("credit"),
    channel: channels,
    bytes: fc.integer({ min: 1, max: 131_072 }),
  }),
  fc.record({ type: fc.constant("input-ack"), channel: channels, seq: seqs }),
  fc.record({
    type: fc.constant("resync"),
    channel: channels,
    seq: seqs,
    epoch,
    cols: fc.integer({ min: 2, max: 500 }),
    rows: fc.integer({ min: 1, max: 300 }),
  }),
  fc.record({
    type: fc.constant("size"),
    channel: channels,
    cols: fc.integer({ min: 2, max: 500 }),
    rows: fc.integer({ min: 1, max: 300 }),
    holdsSize: fc.boolean(),
  }),
  fc.record({ type: fc.constant("closed"), channel: channels, reason }),
);

export const heartbeat: Fields = fc.record({
  type: fc.constantFrom("ping", "pong"),
  id: fc.nat(),
});

const wireError = fc.record({
  code: fc.constantFrom("INTERNAL", "TIMEOUT", "SESSION_ENDED", "HOST_OFFLINE"),
  message: fc.string({ maxLength: 50 }),
});

/** Answers, most of them to nothing; small ids may hit a question. */
export const resFrame: Fields = fc.oneof(
  fc.record({
    type: fc.constant("res"),
    id: fc.nat(3_000).map(String),
    ok: fc.constant(true),
    payload: fc.oneof(attachResult(), nasty),
  }),
  fc.record({
    type: fc.constant("res"),
    id: fc.nat(3_000).map(String),
    ok: fc.constant(true),
    accepted: fc.constant(true),
  }),
  fc.record({
    type: fc.constant("res"),
    id: fc.nat(3_000).map(String),
    ok: fc.constant(false),
    error: wireError,
  }),
);

function attachResult(): Fields {
  return fc.record({
    epoch,
    outcome: fc.constantFrom("replay", "resync"),
    inputSeq: seqs,
    cols: fc.constant(80),
    rows: fc.constant(24),
    holdsSize: fc.boolean(),
    readOnly: fc.boolean(),
  });
}

/**
 * Requests of every method, most with params that could be meant. Few are expensive ones; new
 * sessions come from three keys only, so that no run starts more than a handful.
 */
export function reqFrame({ host, prey }: Scene): Fields {
  const hosts = fc.constantFrom(host, host, host, "no-such-host", "../x");
  const sessions = fc.constantFrom(prey, "no-such-session", "_chatcode", "a.b:c", "=", "-t");
  const size = { cols: fc.integer({ min: 2, max: 300 }), rows: fc.integer({ min: 1, max: 100 }) };
  const attach = fc.record({
    host: fc.constant(host),
    session: sessions,
    channel: channels,
    viewer: fc.integer({ min: 0, max: 7 }).map((n) => `fuzz-viewer-number-${n}`),
    ...size,
    creditBytes: fc.integer({ min: 0, max: 131_072 }),
    readOnly: fc.boolean(),
    foreground: fc.boolean(),
    resume: fc.option(fc.record({ epoch, seq: seqs }), { nil: undefined }),
  });
  const cheap: [string, Fields][] = [
    ["hosts.list", fc.constant({})],
    ["hosts.ping", fc.record({ host: hosts })],
    ["state.snapshot", fc.constant({})],
    ["terminal.detach", fc.record({ channel: channels, keep: fc.boolean() })],
    ["terminal.resize", fc.record({ channel: channels, ...size, take: fc.boolean() })],
    ["terminal.focus", fc.record({ channel: channels, foreground: fc.boolean() })],
    [
      "sessions.focus",
      fc.record({ host: hosts, session: sessions, foreground: fc.boolean() }),
    ],
    [
      "folders.list",
      fc.record({
        host: hosts,
        path: fc.constantFrom("", ".", "../..", "/etc", "\u0000", "x".repeat(4_000)),
      }),
    ],
    [
      "sessions.end",
      fc.record({ host: hosts, session: fc.constantFrom("no-such-session", "=", "a.b:c") }),
    ],
    [
      "sessions.rename",
      fc.record({
        host: hosts,
        session: fc.constantFrom("no-such-session"),
        title: fc.string({ minLength: 1, maxLength: 120 }),
      }),
    ],
    [
      "sessions.start",
      fc.record({
        host: hosts,
        cwd: fc.constantFrom("../..", "/", "/root/../etc", "no/such", "\u0000"),
      }),
    ],
    [
      "no.such.method",
      fc.dictionary(fc.string({ maxLength: 8 }), fc.jsonValue({ maxDepth: 1 }), { maxKeys: 3 }),
    ],
    ["constructor", fc.constant({})],
  ];
  const dear: [string, Fields][] = [
    ["sessions.list", fc.record({ host: hosts })],
    ["terminal.attach", attach],
    [
      "terminal.history",
      fc.record({
        host: hosts,
        session: sessions,
        start: fc.nat(60_000),
        count: fc.integer({ min: 1, max: 1_000 }),
      }),
    ],
    ["sessions.wait", fc.record({ host: hosts, session: sessions, timeoutMs: fc.nat(20) })],
    ["sessions.start", fc.record({ host: fc.constant(host), command: fc.constant(["cat"]) })],
  ];
  const request = ([method, params]: [string, Fields]): Fields =>
    fc.record({
      type: fc.constant("req"),
      id: fc.nat(3_000).map((n) => `f${n}`),
      method: fc.constant(method),
      params,
      idempotencyKey: fc.constantFrom("fuzz-key-1", "fuzz-key-2", "fuzz-key-3"),
    });
  return fc.oneof(
    { weight: 30, arbitrary: fc.oneof(...cheap.map(request)) },
    { weight: 1, arbitrary: fc.oneof(...dear.map(request)) },
  );
}

/** News of a host about itself, some of it about others. */
export function eventFrame({ host }: Scene): Fields {
  const load = fc.record({
    average: fc.constant([0, 0, 0]),
    cores: fc.integer({ min: 1, max: 64 }),
    memoryUsedBytes: fc.nat(),
    memoryTotalBytes: fc.nat(),
  });
  const session = fc.record({
    id: fc.integer({ min: 0, max: 100 }).map((n) => `fuzz-${n}`),
    host: fc.constant(host),
    title: fc.string({ minLength: 1, maxLength: 120 }),
    command: fc.constant([]),
    cwd: fc.constant("/"),
    status: fc.constantFrom("idle", "working", "ended"),
    foreground: fc.string({ maxLength: 20 }),
    cols: fc.constant(80),
    rows: fc.constant(24),
    viewers: fc.nat(9),
    createdAtMs: fc.nat(),
    activeAtMs: fc.nat(),
  });
  const hosts = fc.constantFrom(host, host, host, host, host, host, "another-host");
  const news: [string, Fields][] = [
    ["session", fc.record({ host: hosts, ended: fc.constant(false), session })],
    [
      "session",
      fc.record({
        host: hosts,
        ended: fc.constant(true),
        id: fc.nat(100).map((n) => `fuzz-${n}`),
      }),
    ],
    ["health", fc.record({ host: hosts, load })],
    ["shutdown", fc.record({ reason: fc.string({ maxLength: 200 }) })],
    ["presence", fc.record({ host: hosts })],
    ["no-such-event", fc.constant({})],
  ];
  return fc.oneof(...news.map(([event, payload]) =>
    fc.record({
      type: fc.constant("event"),
      event: fc.constant(event),
      payload,
      seq: fc.integer({ min: 1 }),
      stateVersion: fc.nat(),
    })
  ));
}

import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { Redial, silentLog } from "@chatcode/kit";
import {
  type BytesFrame,
  encodeBytesFrame,
  type Hello,
  HOST_MAX_PAYLOAD_BYTES,
  type HostLoad,
  MAX_PROTOCOL,
  MIN_PROTOCOL,
  type ReqFrame,
  SILENCE_LIMIT_MS,
} from "@chatcode/protocol";
import { FakeClock } from "../kit/testing/fake_clock.ts";
import { waitFor } from "../kit/testing/wait_for.ts";
import { ExitError, type ExitName } from "./exit_status.ts";
import { MOCK_TOKEN, MockRelay, type MockRelayOptions } from "./testing/mock_relay.ts";
import { Uplink, type UplinkOptions } from "./uplink.ts";

const LOAD: HostLoad = { average: [0, 0, 0], cores: 1, memoryUsedBytes: 0, memoryTotalBytes: 1 };

const HELLO: Hello = {
  type: "hello",
  minProtocol: MIN_PROTOCOL,
  maxProtocol: MAX_PROTOCOL,
  client: { name: "test", version: "1", role: "host" },
  caps: [],
  host: {
    facts: {
      bootId: "boot-0001",
      hostname: "h",
      os: "linux",
      arch: "x86_64",
      gatewayVersion: "1",
      tmuxVersion: "3.3a",
      workspace: "/w",
      startedAtMs: 1,
    },
    load: LOAD,
    sessions: [],
  },
};

/** An uplink that runs, and all that its peer was told. */
class Lab implements AsyncDisposable {
  readonly relay: MockRelay;
  readonly bytes: BytesFrame[] = [];
  readonly requests: ReqFrame[] = [];
  accepted = 0;
  lost = 0;
  onLost: () => void = () => {};
  readonly uplink: Uplink;
  readonly running: Promise<void>;

  constructor(options: MockRelayOptions & Partial<UplinkOptions> = {}) {
    this.relay = new MockRelay(options);
    this.uplink = new Uplink({
      url: `ws://127.0.0.1:${this.relay.port}/gw/connect`,
      gatewayId: "laptop",
      token: MOCK_TOKEN,
      log: silentLog,
      redial: new Redial({ baseMs: 1, capMs: 20 }),
      ...options,
      peer: {
        hello: () => Promise.resolve(HELLO),
        accepted: () => void this.accepted++,
        lost: () => {
          this.lost += 1;
          this.onLost();
        },
        bytes: (frame) => void this.bytes.push(frame),
        credit: () => {},
        request: (frame) => void this.requests.push(frame),
        turnAck: () => {},
        fileEnd: () => {},
      },
    });
    this.running = this.uplink.run();
    this.running.catch(() => {}); // told to whoever asks for it
  }

  async fatal(): Promise<[ExitName, string]> {
    const error = await assertRejects(() => this.running, ExitError);
    assertEquals(this.uplink.status.state, "stopped");
    return [error.exit, error.message];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.uplink.stop("test over");
    await this.running.catch(() => {});
    await this.relay[Symbol.asyncDispose]();
  }
}

Deno.test("[HE1] [HE2] the uplink proves itself, says hello, and is taken in", async () => {
  await using lab = new Lab();
  const gateway = await lab.relay.gateway();
  assertEquals([gateway.id, gateway.hello], ["laptop", HELLO]);
  await waitFor(() => lab.uplink.connected, { what: "hello-ok" });
  assertEquals([lab.accepted, lab.uplink.status.state], [1, "connected"]);
});

Deno.test("[BY1] input goes in, output goes out, as it is", async () => {
  await using lab = new Lab();
  const gateway = await lab.relay.gateway();
  const bytes = new TextEncoder().encode("ls\r");
  gateway.send(encodeBytesFrame({ kind: "input", channel: 7, seq: 3, bytes }));
  await waitFor(() => lab.bytes.length > 0, { what: "input" });
  const [frame] = lab.bytes;
  assertEquals([frame?.kind, frame?.channel as number, frame?.seq], ["input", 7, 3]);
  assertEquals(frame?.bytes, bytes);
  const output = Promise.withResolvers<unknown>();
  gateway.onNews = (news) => output.resolve(news);
  assertEquals(lab.uplink.sendOutput(7, 11, bytes), true);
  assertEquals(await output.promise, { kind: "output", channel: 7, seq: 11, bytes });
});

Deno.test("[EV1] events count from 1 in each socket and are dropped in between", async () => {
  await using lab = new Lab();
  const first = await lab.relay.gateway();
  await waitFor(() => lab.uplink.connected, { what: "hello-ok" });
  lab.uplink.sendEvent("health", { host: "laptop" as never, load: LOAD });
  lab.uplink.sendEvent("health", { host: "laptop" as never, load: LOAD });
  await waitFor(() => first.events.length === 2, { what: "events" });
  assertEquals(first.events.map(({ seq }) => seq), [1, 2]);
  lab.onLost = () => lab.uplink.sendEvent("tick", { atMs: 1 });
  first.close("shutdown");
  const second = await lab.relay.gateway();
  await waitFor(() => lab.accepted === 2, { what: "hello-ok" });
  lab.uplink.sendEvent("health", { host: "laptop" as never, load: LOAD });
  await waitFor(() => second.events.length === 1, { what: "an event" });
  assertEquals(second.events.map(({ event, seq }) => [event, seq]), [["health", 1]]);
});

for (const status of [401, 403]) {
  Deno.test(`[WS3] a refusal with ${status} is final and says what to do`, async () => {
    await using lab = new Lab({ refuse: status });
    const [exit, message] = await lab.fatal();
    assertEquals(exit, "refused");
    assertStringIncludes(message, "Refused on purpose");
    assertStringIncludes(message, "CHATCODE_GATEWAY_AUTH_TOKEN");
    assertEquals(lab.relay.dials, 1);
  });
}

Deno.test("[WS3] a wrong token is refused", async () => {
  await using lab = new Lab({ token: "another-token" });
  lab.relay.set({ token: MOCK_TOKEN });
  assertEquals((await lab.fatal())[0], "refused");
});

for (const status of [426, 429, 500, 503]) {
  Deno.test(`[WS3] a refusal with ${status} is tried again`, async () => {
    await using lab = new Lab({ refuse: status });
    await waitFor(() => lab.relay.dials >= 3, { what: "redials" });
    assertStringIncludes(lab.uplink.status.lastError ?? "", `HTTP ${status}`);
    lab.relay.set({ refuse: undefined });
    await lab.relay.gateway();
  });
}

Deno.test("[CL1] closes that say so are final, each with its exit", async () => {
  const expected = {
    revoked: "refused",
    unauthorized: "refused",
    replaced: "replaced",
    versionMismatch: "protocol",
    normal: "failure",
  } as const;
  for (const [name, exit] of Object.entries(expected)) {
    await using lab = new Lab();
    (await lab.relay.gateway()).close(name as keyof typeof expected);
    assertEquals((await lab.fatal())[0], exit, name);
  }
});

Deno.test("[CL1] [CL2] other closes are dialled again", async () => {
  await using lab = new Lab();
  for (const name of ["goingAway", "malformed", "slow", "silent", "shutdown"] as const) {
    (await lab.relay.gateway()).close(name);
  }
  await lab.relay.gateway();
  assertEquals(lab.lost, 5);
});

Deno.test("[HE3] no protocol version in common is final", async () => {
  await using lab = new Lab({ protocol: { min: 90, max: 91 } });
  assertEquals((await lab.fatal())[0], "protocol");
});

Deno.test("an unreachable relay is dialled until it is there", async () => {
  const port = (() => {
    using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    return (listener.addr as Deno.NetAddr).port;
  })();
  await using lab = new Lab({ url: `ws://127.0.0.1:${port}/gw/connect` });
  await waitFor(() => lab.uplink.status.lastError?.includes("ECONNREFUSED"), {
    what: "a failed dial",
  });
  assert(["waiting", "dialling"].includes(lab.uplink.status.state));
  await using relay = new MockRelay({ port });
  await relay.gateway();
});

const MALFORMED: Record<string, string | Uint8Array<ArrayBuffer>> = {
  "no JSON": "{",
  "no type": "{}",
  "a request without method": '{"type":"req","id":"1"}',
  "credit that is none": '{"type":"credit","channel":1,"bytes":-5}',
  "bytes without payload": new Uint8Array(16),
  "output from the relay": encodeBytesFrame({
    kind: "output",
    channel: 1,
    seq: 0,
    bytes: new Uint8Array(1),
  }),
};

for (const [name, wire] of Object.entries(MALFORMED)) {
  Deno.test(`[FR1] a malformed frame closes with 4000 and is dialled again: ${name}`, async () => {
    await using lab = new Lab();
    const gateway = await lab.relay.gateway();
    gateway.send(wire);
    assertEquals((await gateway.closed).code, 4000);
    await lab.relay.gateway();
  });
}

Deno.test("[HE5] a frame over the limit closes with 4006 and is dialled again", async () => {
  await using lab = new Lab();
  const gateway = await lab.relay.gateway();
  gateway.send(" ".repeat(HOST_MAX_PAYLOAD_BYTES + 1));
  assertEquals((await gateway.closed).code, 4006);
  const next = await lab.relay.gateway();
  next.send(new Uint8Array(5 * HOST_MAX_PAYLOAD_BYTES));
  await next.closed;
  await lab.relay.gateway();
});

Deno.test("[FR2] frames of an unknown type are skipped", async () => {
  await using lab = new Lab();
  const gateway = await lab.relay.gateway();
  gateway.send('{"type":"from-the-future","x":1}');
  gateway.send('{"type":"req","id":"1","method":"hosts.ping","params":{},"new":1}');
  await waitFor(() => lab.requests.length === 1, { what: "the request after it" });
});

Deno.test("[HE5] an answer over the limit becomes an error instead of a lost socket", async () => {
  await using lab = new Lab();
  const gateway = await lab.relay.gateway();
  const asked = gateway.ask("hosts.ping", {});
  await waitFor(() => lab.requests.length === 1, { what: "the request" });
  const payload = { text: "x".repeat(HOST_MAX_PAYLOAD_BYTES) };
  lab.uplink.send({ type: "res", id: lab.requests[0]?.id ?? "", ok: true, payload });
  const error = await assertRejects(() => asked, Error);
  assertEquals((error as Error & { code: string }).code, "PAYLOAD_TOO_LARGE");
});

Deno.test("[HB1] a silent relay is left with 4008 and dialled again", async () => {
  const clock = new FakeClock();
  await using lab = new Lab({ clock, mute: true, redial: new Redial({ baseMs: 1, clock }) });
  await waitFor(() => lab.relay.dials === 1 && clock.pending > 0, { what: "the dial" });
  // No answer to hello at all:
  await clock.advance(15_000);
  lab.relay.set({ mute: false });
  await waitFor(async () => {
    await clock.advance(10);
    return lab.uplink.connected;
  }, { what: "the redial" });
  const gateway = await lab.relay.gateway();
  await waitFor(() => gateway.pings > 0, { what: "a ping" });
  await waitFor(() => lab.uplink.status.rttMs !== undefined, { what: "its pong" });
  gateway.send = () => {}; // from here on it says nothing, not even pong
  for (let i = 0; i < 6; i++) await clock.advance(SILENCE_LIMIT_MS / 5);
  assertEquals((await gateway.closed).code, 4008);
});

Deno.test("[CL3] the first redial after a stable minute is immediate", async () => {
  const clock = new FakeClock();
  const redial = new Redial({ clock, random: () => 0.999 });
  await using lab = new Lab({ clock, redial });
  const gateway = await lab.relay.gateway();
  await waitFor(() => lab.uplink.connected, { what: "hello-ok" });
  for (let i = 0; i < 12; i++) {
    const before = gateway.pings;
    await clock.advance(5_000);
    if (i % 2 === 1) await waitFor(() => gateway.pings > before, { what: "a ping" });
    gateway.send('{"type":"pong","id":0}');
    const bytes = new Uint8Array(1);
    gateway.send(encodeBytesFrame({ kind: "input", channel: 1, seq: i, bytes }));
    await waitFor(() => lab.bytes.length === i + 1, { what: "the relay's voice" });
  }
  gateway.close("goingAway");
  const second = await lab.relay.gateway(); // the clock stands still: there was no wait
  await waitFor(() => lab.accepted === 2, { what: "hello-ok" });
  second.close("goingAway");
  await waitFor(() => lab.uplink.status.state === "waiting", { what: "a back-off" });
});

Deno.test("[FL2] a relay that does not read is left with 4007, memory bounded", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr as Deno.NetAddr;
  await using lab = new Lab({ url: `ws://127.0.0.1:${port}/gw/connect` });
  using stalled = await listener.accept();
  await upgradeAndStall(stalled);
  await waitFor(() => lab.uplink.connected, { what: "hello-ok" });
  const bytes = new Uint8Array(32 * 1024);
  let sent = 0;
  while (lab.uplink.sendOutput(1, sent, bytes)) sent += bytes.length;
  assert(sent < 64 * 1024 * 1024, `${sent} bytes were taken`);
  await waitFor(() => lab.lost === 1, { what: "the cut" });
  assertStringIncludes(lab.uplink.status.lastError ?? "", "4007");
});

/** Speaks just enough WebSocket to be a relay that accepts and then reads no more. */
async function upgradeAndStall(connection: Deno.Conn): Promise<void> {
  const buffer = new Uint8Array(16 * 1024);
  const head = new TextDecoder().decode(buffer.subarray(0, await connection.read(buffer) ?? 0));
  const key = /sec-websocket-key: (\S+)/i.exec(head)?.[1];
  const digest = await crypto.subtle.digest(
    "SHA-1",
    new TextEncoder().encode(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`),
  );
  const accept = btoa(String.fromCharCode(...new Uint8Array(digest)));
  const answer = new TextEncoder().encode(JSON.stringify({
    type: "hello-ok",
    protocol: 1,
    server: { name: "stalled", version: "0", instance: "s" },
    atMs: 1,
    features: { methods: [], events: [] },
    policy: {
      maxPayload: 1,
      maxBufferedBytes: 1,
      tickIntervalMs: 10_000,
      creditWindowBytes: 1,
      inputWindowBytes: 1,
      maxChannels: 1,
      maxInFlight: 1,
    },
  }));
  const lines = ["HTTP/1.1 101 Switching Protocols", "Upgrade: websocket", "Connection: Upgrade"];
  const upgrade = [...lines, `Sec-WebSocket-Accept: ${accept}`, "", ""].join("\r\n");
  await connection.write(new TextEncoder().encode(upgrade));
  await connection.write(new Uint8Array([0x81, 126, answer.length >> 8, answer.length & 255]));
  await connection.write(answer);
}

Deno.test("stop() says shutdown, closes with 1001, and is safe twice", async () => {
  await using lab = new Lab();
  const gateway = await lab.relay.gateway();
  await waitFor(() => lab.uplink.connected, { what: "hello-ok" });
  await Promise.all([lab.uplink.stop("restart", 3_000), lab.uplink.stop("again")]);
  assertEquals((await gateway.closed).code, 1001);
  assertEquals(gateway.events.map(({ event, payload }) => [event, payload]), [
    ["shutdown", { reason: "restart", restartInMs: 3_000 }],
  ]);
  await lab.running;
  assertEquals(lab.uplink.status.state, "stopped");
});

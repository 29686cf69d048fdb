import { assertEquals } from "@std/assert";
import {
  type ChannelId,
  encodeBytesFrame,
  type HostId,
  MAX_CHANNELS,
  MAX_IN_FLIGHT,
} from "@chatcode/protocol";
import { openSockets, testSession } from "../testing/open_sockets.ts";
import type { Peer } from "../testing/peer.ts";

const text = (s: string) => new TextEncoder().encode(s);

function attachParams(host: HostId, channel: number) {
  return {
    host,
    session: "s_1",
    channel,
    viewer: "v_0123456789abcdef",
    cols: 80,
    rows: 24,
    creditBytes: 1000,
  };
}

const attached = {
  epoch: "e",
  outcome: "resync",
  inputSeq: 0,
  cols: 80,
  rows: 24,
  holdsSize: true,
  readOnly: false,
};

/** Attaches through the relay, playing the host. @returns the host's number for the channel */
async function attach(client: Peer, host: Peer, id: HostId, channel: number): Promise<ChannelId> {
  const asked = client.ask({ method: "terminal.attach", params: attachParams(id, channel) });
  const req = await host.next("req", (req) => req.method === "terminal.attach");
  host.send({ type: "res", id: req.id, ok: true, payload: attached });
  await asked;
  return req.params.channel as ChannelId;
}

async function openPair() {
  const relay = await openSockets();
  const credentials = await relay.registerHost();
  const host = await relay.host(credentials, [testSession(credentials.id)]);
  const { peer: client } = await relay.client();
  return {
    relay,
    host,
    client,
    id: credentials.id,
    [Symbol.asyncDispose]: () => relay[Symbol.asyncDispose](),
  };
}

Deno.test("[RL1] [RL3] a request is checked, passed on with its principal, and answered", async () => {
  await using pair = await openPair();
  const { client, host, id, relay } = pair;
  const answer = client.ask({
    method: "sessions.end",
    params: { host: id, session: "s_1" },
    idempotencyKey: "key-00001",
    principal: "somebody-else",
  });
  const req = await host.next("req");
  assertEquals([req.method, req.principal, req.idempotencyKey], [
    "sessions.end",
    relay.account.id,
    "key-00001",
  ]);
  host.send({ type: "res", id: req.id, ok: true, payload: {} });
  assertEquals((await answer).ok, true);
});

Deno.test("[RQ2] [RQ5] [RL1] what cannot be asked has its own code", async () => {
  await using pair = await openPair();
  const { client, id } = pair;
  const code = async (method: string, params: Record<string, unknown> = {}) => {
    const res = await client.ask({ method, params });
    return res.ok ? "ok" : res.error.code;
  };
  assertEquals(await code("sessions.fly"), "UNKNOWN_METHOD");
  assertEquals(await code("sessions.list", { host: "a b" }), "INVALID_REQUEST");
  assertEquals(await code("sessions.list", { host: "h_nobody" }), "HOST_NOT_FOUND");
  assertEquals(await code("sessions.end", { host: id, session: "s_1" }), "INVALID_REQUEST");
  assertEquals(await code("terminal.detach", { channel: 5 }), "CHANNEL_NOT_FOUND");
  const offline = await pair.relay.registerHost("other");
  assertEquals(await code("sessions.list", { host: offline.id }), "HOST_OFFLINE");
});

Deno.test("[RL3] who may only watch can neither start, end nor type", async () => {
  await using pair = await openPair();
  const { host, id, relay } = pair;
  const { peer: viewer } = await relay.client("viewer");
  const start = await viewer.ask({
    method: "sessions.start",
    params: { host: id },
    idempotencyKey: "key-00002",
  });
  assertEquals(start.ok ? "ok" : start.error.code, "FORBIDDEN");
  const asked = viewer.ask({ method: "terminal.attach", params: attachParams(id, 1) });
  const req = await host.next("req");
  assertEquals(req.params.readOnly, true);
  host.send({ type: "res", id: req.id, ok: true, payload: attached });
  await asked;
});

Deno.test("[RQ4] long work is answered twice", async () => {
  await using pair = await openPair();
  const { client, host, id } = pair;
  const first = client.ask({
    method: "sessions.wait",
    params: { host: id, session: "s_1", timeoutMs: 1000 },
  });
  const req = await host.next("req");
  host.send({ type: "res", id: req.id, ok: true, accepted: true });
  assertEquals("accepted" in await first, true);
  host.send({ type: "res", id: req.id, ok: true, payload: {} });
  assertEquals((await client.next("res")).ok, true);
});

Deno.test("[RL2] [BY3] bytes and channel frames pass both ways, in order", async () => {
  await using pair = await openPair();
  const { client, host, id } = pair;
  const theirs = await attach(client, host, id, 7);
  client.send(encodeBytesFrame({ kind: "input", channel: 7, seq: 0, bytes: text("ls") }));
  assertEquals(await host.nextBytes(), { channel: theirs, seq: 0, text: "ls" });
  client.send({ type: "credit", channel: 7 as ChannelId, bytes: 10 });
  assertEquals((await host.next("credit")).bytes, 10);
  host.send({ type: "resync", channel: theirs, seq: 0, epoch: "e", cols: 80, rows: 24 });
  host.send(encodeBytesFrame({ kind: "output", channel: theirs, seq: 0, bytes: text("paint") }));
  assertEquals(await client.nextBytes(), { channel: 7, seq: 0, text: "paint" });
  assertEquals((await client.next("resync")).channel as number, 7);
});

Deno.test("[CH1] [CH3] channels are unique and bounded", async () => {
  await using pair = await openPair();
  const { client, host, id } = pair;
  for (let channel = 1; channel <= MAX_CHANNELS; channel++) await attach(client, host, id, channel);
  const code = async (channel: number) => {
    const res = await client.ask({ method: "terminal.attach", params: attachParams(id, channel) });
    return res.ok ? "ok" : res.error.code;
  };
  assertEquals(await code(1), "CHANNEL_IN_USE");
  assertEquals(await code(MAX_CHANNELS + 1), "LIMIT_REACHED");
});

Deno.test("[RQ6] requests in flight are bounded; the socket stays", async () => {
  await using pair = await openPair();
  const { client, host, id } = pair;
  const asked = Array.from(
    { length: MAX_IN_FLIGHT + 1 },
    () => client.ask({ method: "hosts.ping", params: { host: id } }),
  );
  const refused = await asked.at(-1)!;
  assertEquals(refused.ok ? "ok" : refused.error.code, "LIMIT_REACHED");
  for (let i = 0; i < MAX_IN_FLIGHT; i++) {
    const req = await host.next("req");
    host.send({ type: "res", id: req.id, ok: true, payload: {} });
  }
  assertEquals((await Promise.all(asked)).filter((res) => res.ok).length, MAX_IN_FLIGHT);
});

Deno.test("[RL4] when the host goes its channels close; when a client goes they detach", async () => {
  await using pair = await openPair();
  const { client, host, id, relay } = pair;
  const theirs = await attach(client, host, id, 3);
  const { peer: leaving } = await relay.client();
  const leavingChannel = await attach(leaving, host, id, 3);
  leaving.close();
  const detach = await host.next("req", (req) => req.method === "terminal.detach");
  assertEquals(detach.params, { channel: leavingChannel, keep: true });
  assertEquals(theirs === leavingChannel, false);
  const open = client.ask({ method: "hosts.ping", params: { host: id } });
  await host.next("req", (req) => req.method === "hosts.ping");
  host.close();
  const res = await open;
  assertEquals(res.ok ? "ok" : res.error.code, "HOST_OFFLINE");
  assertEquals(await client.next("closed"), {
    type: "closed",
    channel: 3 as ChannelId,
    reason: "host-offline",
  });
  await client.next("event", (event) => event.event === "presence");
});

Deno.test("[EV2] [EV3] news comes with a seq, and the snapshot says up to which", async () => {
  await using pair = await openPair();
  const { client, host, id } = pair;
  host.send({
    type: "event",
    event: "session",
    payload: { host: id, ended: false, session: testSession(id, "s_2") },
    seq: 1,
    stateVersion: 0,
  });
  const event = await client.next("event");
  const res = await client.ask({ method: "state.snapshot" });
  const snapshot = res.ok && "payload" in res ? res.payload as Record<string, unknown> : {};
  assertEquals(snapshot.eventSeq, event.seq);
  assertEquals((snapshot.sessions as unknown[]).length, 2);
});

Deno.test("[FR1] a host that speaks for another is cut, and only it", async () => {
  await using pair = await openPair();
  const { client, host, id } = pair;
  const payload = { host: "h_other", ended: true, id: "s_1" };
  host.send({ type: "event", event: "session", payload, seq: 1, stateVersion: 0 });
  assertEquals(await host.closed, 4000);
  const res = await client.ask({ method: "sessions.list", params: { host: id } });
  assertEquals(res.ok ? "ok" : res.error.code, "HOST_OFFLINE");
});

import { assertEquals } from "@std/assert";
import {
  type HostId,
  MAX_CHANNELS,
  MAX_TURN_TEXT,
  sessionId,
  type Turn,
  type UsageRow,
} from "@chatcode/protocol";
import { waitFor } from "../../kit/testing/wait_for.ts";
import { dayOf } from "../usage/day.ts";
import { openSockets, testSession } from "../testing/open_sockets.ts";
import type { Peer } from "../testing/peer.ts";
import { EVENT_PRESSURE_BYTES } from "./client_socket.ts";

const session = sessionId.parse("s_1");

async function openPair() {
  const relay = await openSockets();
  const credentials = await relay.registerHost();
  const host = await relay.host(credentials, [testSession(credentials.id)]);
  const { peer: client } = await relay.client();
  return {
    relay,
    credentials,
    host,
    client,
    id: credentials.id,
    [Symbol.asyncDispose]: () => relay[Symbol.asyncDispose](),
  };
}

function tell(host: Peer, id: HostId, turn: Turn, outbox?: number): void {
  const payload = {
    host: id,
    session,
    agent: "claude",
    conversation: "c_1",
    turn,
    ...(outbox !== undefined && { outbox }),
  };
  host.send({ type: "event", event: "turn", payload, seq: 1, stateVersion: 0 });
}

const usage = (id: string, output: number, rev = 0): Turn => ({
  kind: "usage",
  id,
  rev,
  atMs: Date.now(),
  usage: { model: "m", input: 1, cachedInput: 0, output },
});

async function outputOf(client: Peer): Promise<number> {
  const day = dayOf(Date.now());
  const res = await client.ask({ method: "usage.query", params: { from: day, to: day } });
  if (!res.ok || !("payload" in res)) throw new Error("No answer");
  const { rows } = res.payload as { rows: UsageRow[] };
  return rows.reduce((sum, row) => sum + row.output, 0);
}

Deno.test("[TU1] [TU7] [EV2] turns reach the clients in order, without the host's numbers, and are acknowledged", async () => {
  await using pair = await openPair();
  const { client, host, id } = pair;
  tell(host, id, { kind: "prompt", id: "t1", rev: 0, atMs: 1, text: "hello" }, 1);
  tell(host, id, { kind: "final", id: "t2", rev: 0, atMs: 2, text: "done" }, 2);
  const first = await client.next("event", (event) => event.event === "turn");
  const second = await client.next("event", (event) => event.event === "turn");
  assertEquals(first.payload, {
    host: id,
    session,
    agent: "claude",
    conversation: "c_1",
    turn: { kind: "prompt", id: "t1", rev: 0, atMs: 1, text: "hello" },
  });
  assertEquals(second.seq, first.seq + 1);
  await host.next("turn-ack", (ack) => ack.session === session && ack.outbox === 2);
});

Deno.test("[TU6] [US1] usage is acknowledged when it is kept, and counts once over reconnects", async () => {
  await using pair = await openPair();
  const { client, credentials, host, id, relay } = pair;
  tell(host, id, usage("u1", 10), 1);
  tell(host, id, usage("u2", 5), 2);
  await host.next("turn-ack", (ack) => ack.outbox === 2);
  assertEquals(await outputOf(client), 15);
  // The acknowledgement was lost: the host tells all of it again, one of them with more known.
  host.close();
  await host.closed;
  const again = await relay.host(credentials, [testSession(id)]);
  tell(again, id, usage("u1", 10), 1);
  tell(again, id, usage("u2", 7, 1), 2);
  tell(again, id, usage("u3", 1), 3);
  await again.next("turn-ack", (ack) => ack.outbox === 3);
  assertEquals(await outputOf(client), 18);
});

Deno.test("[TU7] while the store is closed usage is not acknowledged, other sessions' turns are", async () => {
  await using pair = await openPair();
  const { client, host, id, relay } = pair;
  relay.store[Symbol.dispose]();
  tell(host, id, usage("u1", 10), 1);
  tell(host, id, { kind: "progress", id: "t1", rev: 0, atMs: 1, text: "on it" }, 2);
  const other = { host: id, session: "s_2", agent: "codex", conversation: "c" };
  const turn = { kind: "interrupted", id: "t2", rev: 0, atMs: 1 };
  const payload = { ...other, turn, outbox: 4 };
  host.send({ type: "event", event: "turn", payload, seq: 1, stateVersion: 0 });
  const ack = await host.next("turn-ack");
  host.send({ type: "ping", id: 77 });
  assertEquals([ack.session as string, ack.outbox], ["s_2", 4]);
  await client.next("event", (event) => event.event === "turn");
  await host.next("pong", (pong) => pong.id === 77);
  assertEquals(
    host.rest.some((seen) => seen.kind === "frame" && seen.frame.type === "turn-ack"),
    false,
  );
});

Deno.test("[TU7] a turn that somebody keeps is acknowledged when it is kept, or told again", async () => {
  await using pair = await openPair();
  const { host, id, relay } = pair;
  const kept = Promise.withResolvers<void>();
  using _keeping = relay.conversations.listen(({ event, payload }) => {
    if (event === "turn" && payload.turn.kind === "final") return kept.promise;
  });
  tell(host, id, { kind: "progress", id: "t1", rev: 0, atMs: 1, text: "on it" }, 1);
  tell(host, id, { kind: "final", id: "t2", rev: 0, atMs: 1, text: "done" }, 2);
  tell(host, id, { kind: "progress", id: "t3", rev: 0, atMs: 1, text: "more" }, 3);
  assertEquals((await host.next("turn-ack")).outbox, 1);
  kept.resolve();
  assertEquals((await host.next("turn-ack")).outbox, 3);

  using _refusing = relay.conversations.listen(() => Promise.reject(new Error("full")));
  tell(host, id, { kind: "final", id: "t4", rev: 0, atMs: 1, text: "done" }, 4);
  assertEquals(await host.closed, 4010);
});

Deno.test("[AP3] how an approval ended is passed on", async () => {
  await using pair = await openPair();
  const { client, host, id } = pair;
  const payload = { host: id, session, id: "a1", outcome: "allowed", by: "acc_1" };
  host.send({ type: "event", event: "approval", payload, seq: 1, stateVersion: 0 });
  const event = await client.next("event", (event) => event.event === "approval");
  assertEquals(event.payload, payload as unknown);
});

Deno.test("[FR1] a host that tells another's turns, or none that fit, is cut", async () => {
  await using relay = await openSockets();
  const credentials = await relay.registerHost();
  for (
    const payload of [
      { host: "h_other", session, agent: "claude", conversation: "c", turn: usage("u", 1) },
      { host: credentials.id, session, agent: "No agent", conversation: "c", turn: usage("u", 1) },
      { host: credentials.id, session, agent: "claude", conversation: "c", turn: { kind: "?" } },
    ]
  ) {
    const host = await relay.host(credentials);
    host.send({ type: "event", event: "turn", payload, seq: 1, stateVersion: 0 });
    assertEquals(await host.closed, 4000);
  }
});

Deno.test("[US1] a token for one machine sees that machine's usage only", async () => {
  await using pair = await openPair();
  const { host, id, relay } = pair;
  const second = await relay.registerHost("second");
  const other = await relay.host(second, [testSession(second.id)]);
  tell(host, id, usage("u1", 10), 1);
  tell(other, second.id, usage("u1", 3), 1);
  await host.next("turn-ack");
  await other.next("turn-ack");
  const created = await relay.auth.apiTokens.create(
    relay.account,
    { name: "narrow", role: "viewer", hosts: [second.id] },
    { who: "admin" },
  );
  if (created.state !== "done") throw new Error("No token");
  const { peer } = await relay.clientBy(created.token);
  assertEquals(await outputOf(peer), 3);
  assertEquals(await outputOf(pair.client), 13);
  const res = await peer.ask({
    method: "usage.query",
    params: { from: "2026-13-01", to: "2026-13-02" },
  });
  assertEquals(res.ok ? "ok" : res.error.code, "INVALID_REQUEST");
});

Deno.test("[EV2] [FL1] a client that reads slowly misses turns and sees the gap", async () => {
  await using pair = await openPair();
  const { client, host, id } = pair;
  const text = "x".repeat(MAX_TURN_TEXT);
  const count = 8 * EVENT_PRESSURE_BYTES / MAX_TURN_TEXT;
  // All in one go: the relay reads them faster than it can write them to the client's socket.
  for (let n = 1; n <= count; n++) {
    tell(host, id, { kind: "progress", id: `t${n}`, rev: 0, atMs: 1, text }, n);
  }
  await host.next("turn-ack", (ack) => ack.outbox === count);
  const res = await client.ask({ method: "state.snapshot" });
  const { eventSeq } = res.ok && "payload" in res ? res.payload as { eventSeq: number } : fail();
  const seqs = client.rest.flatMap((seen) =>
    seen.kind === "frame" && seen.frame.type === "event" ? [seen.frame.seq] : []
  );
  assertEquals(eventSeq >= count, true);
  assertEquals(seqs.length < eventSeq, true);
});

Deno.test("an account looks at a session while a view of it is in the foreground", async () => {
  await using pair = await openPair();
  const { client, host, id, relay } = pair;
  const look = { account: relay.account.id, host: id, session };
  const looks = (wanted: boolean) =>
    waitFor(() => relay.attention.isOn(look) === wanted, { what: `looking: ${wanted}` });
  await attach(client, host, id, { channel: 1, foreground: false });
  assertEquals(relay.attention.isOn(look), false);
  await focus(client, host, 1, true);
  await looks(true);
  await attach(client, host, id, { channel: 2 });
  await focus(client, host, 1, false);
  assertEquals(relay.attention.isOn(look), true);
  client.close();
  await looks(false);
});

Deno.test("[SE6] [PN1] who says to look at a session is attentive until that is taken back", async () => {
  await using relay = await openSockets();
  const { id } = await relay.registerHost();
  const { peer: client } = await relay.client();
  const look = { account: relay.account.id, host: id, session };
  const says = async (foreground: boolean, host: string = id) =>
    await client.ask({ method: "sessions.focus", params: { host, session, foreground } });
  assertEquals((await says(true)).ok, true, "though the machine is offline");
  await says(true);
  assertEquals(relay.attention.isOn(look), true);
  await says(false);
  assertEquals(relay.attention.isOn(look), false);
  await says(false);
  await says(true);
  const unknown = await says(true, "nobody");
  assertEquals(!unknown.ok && unknown.error.code, "HOST_NOT_FOUND");
  for (let n = 0; n < MAX_CHANNELS; n++) {
    const params = { host: id, session: `s${n}`, foreground: true };
    await client.ask({ method: "sessions.focus", params });
  }
  assertEquals(relay.attention.isOn(look), false, "the oldest of too many has ended");
  const last = { ...look, session: sessionId.parse("s0") };
  assertEquals(relay.attention.isOn(last), true);
  client.close();
  await waitFor(() => !relay.attention.isOn(last), { what: "the look's end" });
});

async function attach(
  client: Peer,
  host: Peer,
  id: HostId,
  wanted: { channel: number; foreground?: boolean },
): Promise<void> {
  const viewer = `v_0123456789abcde${wanted.channel}`;
  const size = { cols: 80, rows: 24 };
  const params = { host: id, session, viewer, ...size, creditBytes: 0, ...wanted };
  const asked = client.ask({ method: "terminal.attach", params });
  const req = await host.next("req", (req) => req.method === "terminal.attach");
  const payload = {
    epoch: "e",
    outcome: "resync",
    inputSeq: 0,
    ...size,
    holdsSize: false,
    readOnly: false,
  };
  host.send({ type: "res", id: req.id, ok: true, payload });
  await asked;
}

async function focus(client: Peer, host: Peer, channel: number, foreground: boolean) {
  const asked = client.ask({ method: "terminal.focus", params: { channel, foreground } });
  const req = await host.next("req", (req) => req.method === "terminal.focus");
  host.send({ type: "res", id: req.id, ok: true, payload: {} });
  await asked;
}

function fail(): never {
  throw new Error("No snapshot");
}

import { assert, assertEquals, assertRejects } from "@std/assert";
import type { Host, HostId } from "@chatcode/protocol";
import { EMPTY_SNAPSHOT, FakeRelay } from "../testing/fake_relay.ts";

const host = (id: string, online = true): Host => ({ id: id as HostId, name: id, online });

function online() {
  const relay = new FakeRelay();
  const connection = relay.connect();
  relay.socket.accept();
  return { relay, connection };
}

Deno.test("[HE1] Connection says hello first and is online after hello-ok", () => {
  const relay = new FakeRelay();
  const connection = relay.connect();
  assertEquals(connection.state.value.state, "connecting");
  relay.socket.accept({ ...EMPTY_SNAPSHOT, hosts: [host("box")] });
  assertEquals(relay.socket.frames[0]?.type, "hello");
  assertEquals(connection.state.value.state, "online");
  assertEquals(connection.overview.value.hosts.size, 1);
  connection.close();
  assertEquals(relay.clock.pending, 0);
});

Deno.test("[CL3] the first redial goes out at once, the next ones wait longer and longer", async () => {
  const { relay, connection } = online();
  relay.socket.drop();
  const waits: number[] = [];
  for (let n = 0; n < 5; n++) {
    const state = connection.state.value;
    assert(state.state === "offline");
    waits.push(state.retryAtMs - relay.clock.now());
    await relay.clock.advance(waits.at(-1) ?? 0);
    relay.socket.open();
    relay.socket.drop();
  }
  assertEquals(waits, [0, 250, 500, 1000, 2000]);
  connection.close();
});

Deno.test("[CL3] a minute that held starts the back-off over", async () => {
  const { relay, connection } = online();
  for (let n = 0; n < 4; n++) {
    relay.socket.drop();
    connection.nudge();
  }
  relay.socket.accept();
  for (let n = 0; n < 7; n++) {
    await relay.clock.advance(10_000);
    relay.socket.say({ type: "ping", id: n });
  }
  relay.socket.drop();
  const state = connection.state.value;
  assert(state.state === "offline");
  assertEquals(state.retryAtMs, relay.clock.now());
  connection.close();
});

Deno.test("[CL1] close codes decide whether to dial again", () => {
  for (
    const [code, expected] of [
      [4003, "signed-out"],
      [4004, "signed-out"],
      [4002, "outdated"],
      [4009, "offline"],
      [1006, "offline"],
      [1001, "offline"],
    ] as const
  ) {
    const { relay, connection } = online();
    relay.socket.drop(code);
    assertEquals(connection.state.value.state, expected, `code ${code}`);
    connection.close();
  }
});

Deno.test("a refused upgrade is told apart: signed out, or relay out of reach", async () => {
  for (const who of ["signed-out", "unreachable", "signed-in"] as const) {
    const relay = new FakeRelay();
    relay.who = who;
    const connection = relay.connect();
    relay.socket.drop();
    await Promise.resolve();
    await Promise.resolve();
    const state = connection.state.value;
    assertEquals(
      state.state === "offline" ? state.why : state.state,
      who === "signed-in" ? "refused" : who,
    );
    connection.close();
    assertEquals(relay.clock.pending, 0);
  }
});

Deno.test("nudge() dials at once while waiting, and probes a socket that may be dead", async () => {
  const { relay, connection } = online();
  relay.socket.drop();
  await relay.clock.advance(0);
  relay.socket.drop();
  const before = relay.sockets.length;
  connection.nudge();
  assertEquals(relay.sockets.length, before + 1);
  relay.socket.accept();
  connection.nudge();
  await relay.clock.advance(4_000);
  assertEquals(connection.state.value.state, "offline");
  connection.close();
});

Deno.test("[HB1] 25 s of silence end the socket; any frame is a sign of life", async () => {
  const { relay, connection } = online();
  const socket = relay.socket;
  await relay.clock.advance(20_000);
  socket.say({ type: "ping", id: 7 });
  assertEquals(socket.sent("pong").at(-1)?.id, 7);
  await relay.clock.advance(20_000);
  assertEquals(connection.state.value.state, "online");
  await relay.clock.advance(10_000);
  assertEquals(socket.closedWith, 4008);
  connection.close();
});

Deno.test("a pong measures the round trip", () => {
  const { relay, connection } = online();
  const ping = relay.socket.sent("ping").at(-1);
  assert(ping !== undefined);
  relay.socket.say({ type: "pong", id: ping.id });
  assert((connection.rttMs.value ?? -1) >= 0);
  connection.close();
});

Deno.test("[RQ5] a request outlives its socket and keeps its key", async () => {
  const { relay, connection } = online();
  const renamed = connection.request("sessions.rename", {
    host: "box" as HostId,
    session: "s1" as never,
    title: "new",
  });
  const first = relay.socket.asked("sessions.rename")[0];
  relay.socket.drop();
  await relay.clock.advance(0);
  relay.socket.accept();
  const second = relay.socket.asked("sessions.rename")[0];
  assertEquals(second?.idempotencyKey, first?.idempotencyKey);
  assert((first?.idempotencyKey ?? "").length >= 8);
  relay.socket.say({
    type: "res",
    id: second?.id ?? "",
    ok: false,
    error: { code: "SESSION_NOT_FOUND", message: "Cannot rename" },
  });
  const error = await assertRejects(() => renamed);
  assertEquals((error as { code?: string }).code, "SESSION_NOT_FOUND");
  connection.close();
});

Deno.test("a request without an answer ends by its deadline, one about a channel with its socket", async () => {
  const { relay, connection } = online();
  const listed = assertRejects(() => connection.request("hosts.list", {}, { deadlineMs: 1000 }));
  await relay.clock.advance(1000);
  assertEquals(((await listed) as { code?: string }).code, "TIMEOUT");
  const focus = assertRejects(() =>
    connection.request("terminal.focus", { channel: 1 as never, foreground: true })
  );
  relay.socket.drop();
  assertEquals(((await focus) as { code?: string }).code, "UNAVAILABLE");
  connection.close();
});

Deno.test("[EV3] a gap in the events is repaired by a snapshot", async () => {
  const { relay, connection } = online();
  const presence = (seq: number, id: string) =>
    relay.socket.say({
      type: "event",
      event: "presence",
      payload: { host: host(id) },
      seq,
      stateVersion: seq,
    });
  presence(1, "a");
  presence(4, "d"); // 2 and 3 were dropped
  presence(5, "e");
  assertEquals([...connection.overview.value.hosts.keys()], ["a"] as never);
  relay.socket.answer("state.snapshot", {
    hosts: ["a", "b", "c", "d"].map((id) => host(id)),
    sessions: [],
    stateVersion: 4,
    eventSeq: 4,
  });
  await relay.clock.advance(0);
  assertEquals([...connection.overview.value.hosts.keys()].join(), "a,b,c,d,e");
  presence(6, "f");
  assertEquals(connection.overview.value.hosts.size, 6);
  connection.close();
});

Deno.test("[FR1] a frame that is not valid ends the socket; unknown types and events are skipped", () => {
  const { relay, connection } = online();
  relay.socket.sayText(`{"type":"weather"}`);
  relay.socket.say({ type: "event", event: "weather", payload: {}, seq: 1, stateVersion: 1 });
  assertEquals(connection.state.value.state, "online");
  relay.socket.sayText("{");
  assertEquals(relay.socket.closedWith, 4000);
  assertEquals(connection.state.value.state, "offline");
  connection.close();
});

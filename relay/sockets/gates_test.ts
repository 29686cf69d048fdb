import { assertEquals, assertMatch } from "@std/assert";
import { HELLO_TIMEOUT_MS } from "@chatcode/protocol";
import { waitFor } from "../../kit/testing/wait_for.ts";
import { ADMIN } from "../auth/principal.ts";
import { hostHeaders, hostHello, openSockets, operatorHello } from "../testing/open_sockets.ts";

const upgrade = {
  connection: "upgrade",
  upgrade: "websocket",
  "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
  "sec-websocket-version": "13",
};

/** fetch() may not set `upgrade`: the refusals are read from a plain HTTP exchange. */
async function knock(origin: string, path: string, headers: Record<string, string>) {
  const { hostname, port, host } = new URL(origin);
  using connection = await Deno.connect({ hostname, port: Number(port) });
  const lines = Object.entries({ host, ...headers }).map(([name, value]) => `${name}: ${value}`);
  const request = `GET ${path} HTTP/1.1\r\n${lines.join("\r\n")}\r\n\r\n`;
  await connection.write(new TextEncoder().encode(request));
  const buffer = new Uint8Array(4096);
  const length = await connection.read(buffer);
  const answer = new TextDecoder().decode(buffer.subarray(0, length ?? 0));
  return {
    status: Number(/^HTTP\/1\.1 (\d+)/.exec(answer)?.[1]),
    code: /"code":"([A-Z_]+)"/.exec(answer)?.[1],
    answer,
  };
}

Deno.test("[WS2] [WS3] without proof of who dials there is no upgrade", async () => {
  await using relay = await openSockets();
  const { token } = await relay.apiToken();
  const ask = (path: string, headers: Record<string, string>) =>
    knock(relay.origin, path, { ...upgrade, ...headers });
  const outcome = async (path: string, headers: Record<string, string>) => {
    const { status, code } = await ask(path, headers);
    return [status, code];
  };
  assertEquals(await outcome("/ws", { origin: relay.origin }), [401, "UNAUTHORIZED"]);
  assertEquals(await outcome("/ws", { authorization: "Bearer wrong" }), [401, "UNAUTHORIZED"]);
  assertEquals(
    await outcome("/ws", { authorization: `Bearer ${token}`, origin: "https://evil.example" }),
    [403, "FORBIDDEN"],
  );
  const host = await relay.registerHost();
  assertEquals(
    await outcome("/gw/connect", hostHeaders({ ...host, token: "ccg_wrong" })),
    [401, "UNAUTHORIZED"],
  );
  assertEquals(
    await outcome("/gw/connect", hostHeaders({ ...host, id: "h_unknown" })),
    [401, "UNAUTHORIZED"],
  );
  const plain = await knock(relay.origin, "/ws", { authorization: `Bearer ${token}` });
  assertEquals([plain.status, plain.code], [426, "INVALID_REQUEST"]);
});

Deno.test("[WS2] a cookie opens the socket only from the relay's own pages", async () => {
  await using relay = await openSockets();
  const { token } = await relay.auth.browserSessions.create(relay.account.id, {
    userAgent: "test",
    address: "test",
  });
  const cookie = relay.auth.cookie.encode(token, 60_000).split(";")[0]!;
  const ask = async (headers: Record<string, string>) =>
    (await knock(relay.origin, "/ws", { ...upgrade, cookie, ...headers })).status;
  assertEquals(await ask({}), 403);
  assertEquals(await ask({ origin: "https://evil.example" }), 403);
  assertEquals(await ask({ origin: relay.origin }), 101);
});

Deno.test("[WS3] too many tries without a valid credential are told to wait", async () => {
  await using relay = await openSockets();
  let last = await knock(relay.origin, "/ws", { ...upgrade, authorization: "Bearer wrong" });
  for (let tries = 0; last.status === 401 && tries < 200; tries++) {
    last = await knock(relay.origin, "/ws", { ...upgrade, authorization: "Bearer wrong" });
  }
  assertEquals([last.status, last.code], [429, "RATE_LIMITED"]);
  assertMatch(last.answer.toLowerCase(), /retry-after: \d+/);
});

Deno.test("[WS3] a full relay refuses instead of suffering", async () => {
  await using relay = await openSockets({ maxClients: 1 });
  using _first = (await relay.client()).peer;
  const { token } = await relay.apiToken();
  const second = await knock(relay.origin, "/ws", { ...upgrade, authorization: `Bearer ${token}` });
  assertEquals([second.status, second.code], [503, "UNAVAILABLE"]);
});

Deno.test("[HE1] anything but hello first closes with 4001", async () => {
  await using relay = await openSockets();
  const { token } = await relay.apiToken();
  using peer = await relay.dial("/ws", { authorization: `Bearer ${token}` });
  peer.send({ type: "req", id: "1", method: "hosts.list", params: {} });
  assertEquals(await peer.closed, 4001);
});

Deno.test("[HE1] no hello in time closes with 4001", async () => {
  await using relay = await openSockets();
  const { token } = await relay.apiToken();
  using peer = await relay.dial("/ws", { authorization: `Bearer ${token}` });
  const startMs = performance.now();
  assertEquals(await peer.closed, 4001);
  assertEquals(performance.now() - startMs > HELLO_TIMEOUT_MS - 100, true);
});

Deno.test("[HE3] no version in common: hello-error, then 4002", async () => {
  await using relay = await openSockets();
  const { token } = await relay.apiToken();
  using peer = await relay.dial("/ws", { authorization: `Bearer ${token}` });
  peer.send({ ...operatorHello, minProtocol: 7, maxProtocol: 9 });
  assertEquals((await peer.next("hello-error")).error.code, "PROTOCOL_MISMATCH");
  assertEquals(await peer.closed, 4002);
});

Deno.test("[HE2] a role at the wrong address is refused", async () => {
  await using relay = await openSockets();
  const host = await relay.registerHost();
  const { token } = await relay.apiToken();
  using client = await relay.dial("/ws", { authorization: `Bearer ${token}` });
  client.send(hostHello());
  assertEquals((await client.next("hello-error")).error.code, "INVALID_REQUEST");
  using gateway = await relay.dial("/gw/connect", hostHeaders(host));
  gateway.send(operatorHello);
  assertEquals((await gateway.next("hello-error")).error.code, "INVALID_REQUEST");
});

Deno.test("[HE4] [HE5] hello-ok tells version, snapshot and policy", async () => {
  await using relay = await openSockets();
  const host = await relay.registerHost();
  const { peer, ok } = await relay.client();
  using _peer = peer;
  assertEquals(ok.protocol, 1);
  assertEquals(ok.snapshot?.hosts, [{ id: host.id, name: "box", online: false }]);
  assertEquals(ok.policy.creditWindowBytes, 131_072);
  assertEquals(ok.features.methods.includes("terminal.attach"), true);
});

Deno.test("[FR1] a malformed frame closes its socket with 4000 and harms nobody else", async () => {
  await using relay = await openSockets();
  using good = (await relay.client()).peer;
  for (const bad of ["nonsense", `{"type":"credit"}`, new Uint8Array([9, 9, 9])]) {
    const { peer } = await relay.client();
    peer.send(bad);
    assertEquals(await peer.closed, 4000);
  }
  assertEquals((await good.ask({ method: "hosts.list" })).ok, true);
});

Deno.test("[FR2] an unknown frame type is skipped", async () => {
  await using relay = await openSockets();
  using peer = (await relay.client()).peer;
  peer.send(`{"type":"hologram"}`);
  assertEquals((await peer.ask({ method: "hosts.list" })).ok, true);
});

Deno.test("[HE5] a frame over maxPayload closes with 4006", async () => {
  await using relay = await openSockets();
  const { peer, ok } = await relay.client();
  peer.send(JSON.stringify({ type: "x", pad: "y".repeat(ok.policy.maxPayload) }));
  assertEquals(await peer.closed, 4006);
});

Deno.test("[MH3] a revoked or rotated gateway token cuts its socket with 4004 at once", async () => {
  await using relay = await openSockets();
  const host = await relay.registerHost();
  using first = await relay.host(host);
  const rotated = await relay.auth.hosts.rotate(host.id, ADMIN);
  assertEquals(await first.closed, 4004);
  if (rotated.state !== "done") throw new Error("Not rotated");
  using second = await relay.host({ id: host.id, token: rotated.token });
  await relay.auth.hosts.revoke(host.id, ADMIN);
  assertEquals(await second.closed, 4004);
  const again = await knock(relay.origin, "/gw/connect", {
    ...upgrade,
    ...hostHeaders({ id: host.id, token: rotated.token }),
  });
  assertMatch(again.answer, /revoked/);
});

Deno.test("[MH3] a revoked API token or ended browser session cuts its sockets", async () => {
  await using relay = await openSockets();
  const { row, token } = await relay.apiToken();
  using client = await relay.dial("/ws", { authorization: `Bearer ${token}` });
  client.send(operatorHello);
  await client.next("hello-ok");
  await relay.auth.apiTokens.revoke(relay.account.id, row.id, ADMIN);
  assertEquals(await client.closed, 4004);

  const session = await relay.auth.browserSessions.create(relay.account.id, {
    userAgent: "",
    address: "",
  });
  const cookie = relay.auth.cookie.encode(session.token, 60_000).split(";")[0]!;
  using browser = await relay.dial("/ws", { cookie, origin: relay.origin });
  browser.send(operatorHello);
  await browser.next("hello-ok");
  await relay.auth.browserSessions.signOut(session.session.tokenHash, ADMIN);
  assertEquals(await browser.closed, 4003);
});

Deno.test("[MH2] a second connection with the same host id replaces the first", async () => {
  await using relay = await openSockets();
  const host = await relay.registerHost();
  using first = await relay.host(host);
  using second = await relay.host(host);
  assertEquals(await first.closed, 4005);
  assertEquals(relay.roster.host(host.id)?.online, true);
  second.close();
  await waitFor(() => relay.roster.host(host.id)?.online === false, { what: "host offline" });
});

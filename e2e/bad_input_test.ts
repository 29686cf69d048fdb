import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import {
  CLIENT_MAX_PAYLOAD_BYTES,
  CREDIT_WINDOW_BYTES,
  type ErrorCode,
  ProtocolError,
} from "@chatcode/protocol";
import { RawSocket } from "./fuzz/raw_socket.ts";
import { Site } from "./harness/site.ts";
import type { WireClient } from "./harness/wire_client.ts";

const HELLO = {
  type: "hello",
  minProtocol: 1,
  maxProtocol: 1,
  client: { name: "e2e", version: "1", role: "operator" },
};

Deno.test("bad input at the relay: each has its own code", async (t) => {
  await using site = await Site.start();
  await using client = await site.client();
  const wsUrl = `${site.relay.url.replace("http", "ws")}/ws`;
  const dial = () => new RawSocket(wsUrl, { authorization: `Bearer ${site.apiToken}` });

  await t.step("[WS3] a wrong token: 401 UNAUTHORIZED", async () => {
    const response = await upgrade(`${site.relay.url}/ws`, { authorization: "Bearer nonsense" });
    assertEquals(response.status, 401);
    assertEquals((await response.json()).error.code, "UNAUTHORIZED");
  });

  await t.step("[WS3] no token at all: 401 UNAUTHORIZED", async () => {
    const response = await upgrade(`${site.relay.url}/gw/connect`, {});
    assertEquals(response.status, 401);
    assertEquals((await response.json()).error.code, "UNAUTHORIZED");
  });

  await t.step("[HE3] no version in common: hello-error PROTOCOL_MISMATCH, 4002", async () => {
    await using socket = dial();
    await socket.opened;
    socket.send(JSON.stringify({ ...HELLO, minProtocol: 8, maxProtocol: 9 }));
    const answer = JSON.parse(await socket.firstText());
    assertEquals(answer.type, "hello-error");
    assertEquals(answer.error.code, "PROTOCOL_MISMATCH");
    assertEquals(await socket.closed, 4002);
  });

  await t.step("[HE1] no hello: 4001 after five seconds", async () => {
    await using socket = dial();
    await socket.opened;
    const openedMs = performance.now();
    assertEquals(await socket.closed, 4001);
    const tookMs = performance.now() - openedMs;
    assert(tookMs > 4_000 && tookMs < 8_000, `closed after ${tookMs} ms`);
  });

  await t.step("[FR1] malformed JSON: 4000", async () => {
    await using socket = dial();
    await socket.opened;
    socket.send(JSON.stringify(HELLO));
    await socket.firstText();
    socket.send("{nonsense");
    assertEquals(await socket.closed, 4000);
  });

  await t.step("[HE5] an oversized frame: 4006", async () => {
    await using socket = dial();
    await socket.opened;
    socket.send(JSON.stringify(HELLO));
    await socket.firstText();
    socket.send(JSON.stringify({ type: "x", filler: "x".repeat(CLIENT_MAX_PAYLOAD_BYTES) }));
    assertEquals(await socket.closed, 4006);
  });

  await t.step("[RQ2] an unknown method: UNKNOWN_METHOD, the socket stays", async () => {
    await refused(client, "no.such.method", {}, "UNKNOWN_METHOD");
    await client.request("hosts.list", {});
  });

  await t.step("[RQ2] wrong params: INVALID_REQUEST naming the field", async () => {
    const { host } = site;
    const error = await refused(client, "terminal.history", { host }, "INVALID_REQUEST");
    assertStringIncludes(error.message, "session");
  });

  await t.step("[RL1] an unknown machine: HOST_NOT_FOUND", async () => {
    await refused(client, "sessions.list", { host: "no-such-host" }, "HOST_NOT_FOUND");
  });

  await t.step("[AT6] an unknown session: SESSION_NOT_FOUND", async () => {
    const session = "no-such-session";
    await refused(client, "terminal.attach", attach(site.host, session), "SESSION_NOT_FOUND");
    await refused(client, "sessions.end", { host: site.host, session }, "SESSION_NOT_FOUND");
  });

  await t.step("[AT6] a dead session: SESSION_ENDED; ending it again is no error", async () => {
    const { host } = site;
    const start = { method: "sessions.start", params: { host, command: ["cat"] } };
    const { session } = await ask(client, start.method, start.params) as {
      session: { id: string };
    };
    await ask(client, "sessions.end", { host, session: session.id });
    await refused(client, "terminal.attach", attach(host, session.id), "SESSION_ENDED");
    await ask(client, "sessions.end", { host, session: session.id });
  });

  await t.step("[SE3] folders outside the workspace, and ones that are not there", async () => {
    const { host } = site;
    await Deno.symlink("/etc", `${site.workspace}/way-out`);
    for (const cwd of ["..", "/etc", "way-out"]) {
      await refused(client, "sessions.start", { host, cwd }, "FOLDER_NOT_ALLOWED");
    }
    await refused(client, "sessions.start", { host, cwd: "no-such" }, "FOLDER_NOT_FOUND");
    await refused(client, "folders.list", { host, path: "../.." }, "FOLDER_NOT_ALLOWED");
  });

  await t.step(
    "[CH3] a channel in use: CHANNEL_IN_USE; one that is not open: not found",
    async () => {
      const { host } = site;
      const params = { host, command: ["cat"] };
      const { session } = await ask(client, "sessions.start", params) as {
        session: { id: string };
      };
      await ask(client, "terminal.attach", attach(host, session.id, 9));
      await refused(client, "terminal.attach", attach(host, session.id, 9), "CHANNEL_IN_USE");
      await refused(
        client,
        "terminal.resize",
        { channel: 99, cols: 80, rows: 24 },
        "CHANNEL_NOT_FOUND",
      );
    },
  );
});

/** A WebSocket upgrade by hand, to see the plain answer. */
async function upgrade(url: string, headers: Record<string, string>): Promise<Response> {
  return await fetch(url, {
    headers: {
      ...headers,
      connection: "upgrade",
      upgrade: "websocket",
      "sec-websocket-version": "13",
      "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
    },
  });
}

function attach(host: string, session: string, channel = 5): Record<string, unknown> {
  return {
    host,
    session,
    channel,
    viewer: "bad-input-viewer-1",
    cols: 80,
    rows: 24,
    creditBytes: CREDIT_WINDOW_BYTES,
  };
}

/** Any method, right or wrong. */
async function ask(client: WireClient, method: string, params: Record<string, unknown>) {
  return await client.requestAny(method, params);
}

async function refused(
  client: WireClient,
  method: string,
  params: Record<string, unknown>,
  code: ErrorCode,
): Promise<ProtocolError> {
  const error = await ask(client, method, params).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  assert(error instanceof ProtocolError, `${method} was not refused with ${code}: ${error}`);
  assertEquals(error.code, code, error.message);
  return error;
}

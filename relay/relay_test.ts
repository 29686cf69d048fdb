import { assertEquals } from "@std/assert";
import { silentLog } from "@chatcode/kit";
import { runAdmin } from "./admin/mod.ts";
import { parseCommand } from "./config.ts";
import { DRAIN_MS, type Relay, type RelayOptions, startRelay } from "./relay.ts";
import { operatorHello } from "./testing/open_sockets.ts";
import { Peer } from "./testing/peer.ts";

const NOT_FOUND: RelayOptions["mountWeb"] = () =>
  Promise.resolve(() => new Response("Not found", { status: 404 }));

async function start(data: string, mountWeb = NOT_FOUND, port = "0"): Promise<Relay> {
  const command = parseCommand(["--port", port, "--data", data], {});
  if (command.command !== "serve") throw new Error("Not a serve command");
  return await startRelay(command.config, { log: silentLog, mountWeb });
}

async function apiToken(data: string): Promise<string> {
  const args = ["admin", "create-api-token", "--name", "test", "--json", "--data", data];
  const command = parseCommand(args, {});
  if (command.command !== "admin") throw new Error("Not an admin command");
  const { text } = await runAdmin(command.admin, command);
  return JSON.parse(text).token;
}

Deno.test("health and readiness are told to everybody, and nothing else is", async () => {
  await using relay = await start(":memory:");
  const get = (path: string) => fetch(new URL(path, relay.publicUrl));
  const health = await get("/healthz");
  assertEquals([health.status, (await health.json()).status], [200, "ok"]);
  const ready = await get("/readyz");
  assertEquals([ready.status, await ready.json()], [200, { status: "ready" }]);
  const other = await get("/other");
  assertEquals(other.status, 404);
  await other.body?.cancel();
});

Deno.test("stopping tells every socket, closes it with 4009 and frees the port in time", async () => {
  const data = await Deno.makeTempDir();
  const relay = await start(data);
  const token = await apiToken(data);
  const url = `ws://127.0.0.1:${relay.port}/ws`;
  using peer = await Peer.dial(url, { authorization: `Bearer ${token}` });
  peer.send(operatorHello);
  await peer.next("hello-ok");
  const startMs = performance.now();
  await relay[Symbol.asyncDispose]();
  assertEquals((await peer.next("event")).event, "shutdown");
  assertEquals(await peer.closed, 4009);
  assertEquals(performance.now() - startMs < DRAIN_MS + 1000, true);
  await using _again = await start(data, NOT_FOUND, String(relay.port));
  await Deno.remove(data, { recursive: true });
});

Deno.test("a response that never ends does not hold up the stop", async () => {
  const held = new AbortController();
  const relay = await start(":memory:", () =>
    Promise.resolve(() =>
      new Response(
        new ReadableStream({
          start(stream) {
            stream.enqueue(new TextEncoder().encode("begun"));
            held.signal.addEventListener("abort", () => stream.close());
          },
        }),
      )
    ));
  const response = await fetch(new URL("/stream", relay.publicUrl));
  const startMs = performance.now();
  await relay[Symbol.asyncDispose]();
  assertEquals(performance.now() - startMs < DRAIN_MS + 1000, true);
  held.abort();
  await response.body?.cancel();
});

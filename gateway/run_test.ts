import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { waitFor } from "../kit/testing/wait_for.ts";
import { EXIT_STATUS } from "./exit_status.ts";
import { GatewayHome, GatewayProcess } from "./testing/gateway_process.ts";
import { MOCK_TOKEN, MockRelay } from "./testing/mock_relay.ts";

Deno.test("run connects, says when it was accepted, and stops softly on SIGTERM", async () => {
  await using relay = new MockRelay();
  await using gateway = new GatewayProcess({ relayUrl: relay.url });
  const link = await relay.gateway();
  const { acceptedMs } = await gateway.logged("uplink.accepted");
  assert(typeof acceptedMs === "number" && acceptedMs > 0);
  const start = { command: ["cat"], title: "stays" };
  const { session } = await link.request("sessions.start", start, { idempotencyKey: "key-00001" });
  const atMs = performance.now();
  gateway.kill("SIGTERM");
  assertEquals((await gateway.ended).code, EXIT_STATUS.ok);
  assert(performance.now() - atMs < 2_000, "it took too long to stop");
  assertEquals((await link.closed).code, 1001);
  const last = link.events.at(-1);
  assertEquals([last?.event, last?.payload], ["shutdown", { reason: "SIGTERM" }]);
  const left = await gateway.home.tmux("list-sessions", "-F", "#{session_name}");
  assertStringIncludes(left, session.id);
  assert(!gateway.output.includes(MOCK_TOKEN), "the token is in the log");
});

Deno.test("run with a token that is refused or revoked ends with its own status", async () => {
  await using relay = new MockRelay();
  {
    await using gateway = new GatewayProcess({ relayUrl: relay.url, token: "wrong-token" });
    assertEquals((await gateway.ended).code, EXIT_STATUS.refused);
    assertStringIncludes(gateway.output, "refuses this gateway's token");
    assert(!gateway.output.includes("wrong-token"));
  }
  await using gateway = new GatewayProcess({ relayUrl: relay.url });
  (await relay.gateway()).close("revoked");
  assertEquals((await gateway.ended).code, EXIT_STATUS.refused);
  assertStringIncludes(gateway.output, "revoked");
});

Deno.test("run ends with its own status without a common protocol, and when replaced", async () => {
  await using relay = new MockRelay({ protocol: { min: 90, max: 91 } });
  await using old = new GatewayProcess({ relayUrl: relay.url });
  assertEquals((await old.ended).code, EXIT_STATUS.protocol);
  assertStringIncludes(old.output, "update the older one");
  relay.set({ protocol: { min: 1, max: 1 } });
  await using twin = new GatewayProcess({ relayUrl: relay.url });
  (await relay.gateway()).close("replaced");
  assertEquals((await twin.ended).code, EXIT_STATUS.replaced);
  assertStringIncludes(twin.output, "Another gateway");
});

Deno.test("run without tmux, or with one too old, ends with its own status", async () => {
  await using relay = new MockRelay();
  const folder = await Deno.makeTempDir();
  try {
    await using none = new GatewayProcess({ relayUrl: relay.url, env: { PATH: folder } });
    assertEquals((await none.ended).code, EXIT_STATUS.tmux);
    assertStringIncludes(none.output, "apt-get install tmux");

    await Deno.writeTextFile(`${folder}/tmux`, "#!/bin/sh\necho tmux 2.1\n", { mode: 0o755 });
    const path = `${folder}:${Deno.env.get("PATH")}`;
    await using old = new GatewayProcess({ relayUrl: relay.url, env: { PATH: path } });
    assertEquals((await old.ended).code, EXIT_STATUS.tmux);
    assertStringIncludes(old.output, "tmux 2.1");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("run with wrong settings ends with its own status and names them", async () => {
  await using home = new GatewayHome();
  const runs: [string[], Record<string, string>, string][] = [
    [["run"], {}, "CHATCODE_GATEWAY_AUTH_TOKEN is missing"],
    [
      ["run", "--cp-url", "http://relay.example"],
      { CHATCODE_GATEWAY_AUTH_TOKEN: "12345678" },
      "https",
    ],
    [["run", "--nonsense"], {}, "Unknown flag --nonsense"],
    [["nonsense"], {}, 'No command "nonsense"'],
    [[], {}, "No command given"],
  ];
  for (const [args, env, message] of runs) {
    const { code, stderr } = await home.command(args, env);
    assertEquals(code, EXIT_STATUS.usage, args.join(" "));
    assertStringIncludes(stderr, message);
  }
});

Deno.test("the token may come by standard input", async () => {
  await using relay = new MockRelay();
  const env = { CHATCODE_GATEWAY_AUTH_TOKEN: undefined };
  const args = ["--token-file", "-"];
  await using gateway = new GatewayProcess({
    ...{ relayUrl: relay.url, env, args },
    stdin: `${MOCK_TOKEN}\n`,
  });
  await relay.gateway();
  await gateway.logged("gateway.started");
});

Deno.test("run keeps dialling a relay that is not there, and status says so", async () => {
  const port = (() => {
    using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    return (listener.addr as Deno.NetAddr).port;
  })();
  await using gateway = new GatewayProcess({ relayUrl: `http://127.0.0.1:${port}` });
  await gateway.logged("uplink.lost");
  await gateway.logged("gateway.started");
  const status = await gateway.home.command(["status"]);
  assertEquals(status.code, EXIT_STATUS.ok);
  assertStringIncludes(status.stdout, "ECONNREFUSED");
  const health = await gateway.home.command(["health", "--json"]);
  assertEquals(health.code, EXIT_STATUS.failure);
  assertEquals(JSON.parse(health.stdout).relay, "disconnected");
  await using relay = new MockRelay({ port });
  await relay.gateway();
});

Deno.test("a second gateway on the host is refused; with --force it takes over", async () => {
  await using relay = new MockRelay();
  await using first = new GatewayProcess({ relayUrl: relay.url });
  const link = await relay.gateway();
  await first.logged("gateway.started");
  const { home } = first;
  await using second = new GatewayProcess({ relayUrl: relay.url, home });
  assertEquals((await second.ended).code, EXIT_STATUS.alreadyRunning);
  assertStringIncludes(second.output, `as process ${first.pid}`);
  await using third = new GatewayProcess({ relayUrl: relay.url, home, args: ["--force"] });
  assertEquals((await first.ended).code, EXIT_STATUS.ok);
  await waitFor(() => link.events.find(({ event }) => event === "shutdown"), { what: "shutdown" });
  await relay.gateway();
  await third.logged("gateway.started");
});

Deno.test("--force takes over from a gateway that hangs", async () => {
  await using relay = new MockRelay();
  await using first = new GatewayProcess({ relayUrl: relay.url });
  await relay.gateway();
  await first.logged("gateway.started");
  first.kill("SIGSTOP");
  const { home } = first;
  await using second = new GatewayProcess({ relayUrl: relay.url, home, args: ["--force"] });
  assertEquals((await first.ended).signal, "SIGKILL");
  await relay.gateway();
  await second.logged("gateway.started");
});

Deno.test("a killed gateway leaves nothing in the way of the next", async () => {
  await using relay = new MockRelay();
  await using first = new GatewayProcess({ relayUrl: relay.url });
  const link = await relay.gateway();
  const params = { command: ["cat"] };
  const key = { idempotencyKey: "key-00001" };
  const { session } = await link.request("sessions.start", params, key);
  first.kill("SIGKILL");
  await first.ended;
  await using second = new GatewayProcess({ relayUrl: relay.url, home: first.home });
  const again = await relay.gateway();
  assertEquals(again.hello.host?.sessions.map(({ id }) => id), [session.id]);
  await second.logged("gateway.started");
});

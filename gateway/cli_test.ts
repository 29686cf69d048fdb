import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { EXIT_STATUS } from "./exit_status.ts";
import { GatewayHome, GatewayProcess } from "./testing/gateway_process.ts";
import { MOCK_TOKEN, MockRelay } from "./testing/mock_relay.ts";

Deno.test("helpers speak to the running gateway", async () => {
  await using relay = new MockRelay();
  await using gateway = new GatewayProcess({ relayUrl: relay.url });
  await relay.gateway();
  await gateway.logged("gateway.started");
  const { home } = gateway;

  const status = await home.command(["status"]);
  assertStringIncludes(status.stdout, `process ${gateway.pid}`);
  assertStringIncludes(status.stdout, "connected since");
  assertEquals(JSON.parse((await home.command(["status", "--json"])).stdout).gatewayId, "laptop");

  const health = await home.command(["health", "--json"]);
  assertEquals([health.code, JSON.parse(health.stdout).ok], [EXIT_STATUS.ok, true]);

  const started = await home.command([
    "call",
    "sessions.start",
    "--params",
    JSON.stringify({ command: ["cat"], title: "from \u001b[31mhere" }),
  ]);
  assertEquals(started.code, EXIT_STATUS.ok, started.stderr);
  const { session } = JSON.parse(started.stdout);
  const list = await home.command(["sessions"]);
  assertStringIncludes(list.stdout, session.id);
  assertStringIncludes(list.stdout, "from ?[31mhere", "a title steers no terminal");
  const json = JSON.parse((await home.command(["sessions", "--json"])).stdout);
  assertEquals(json.map(({ id }: { id: string }) => id), [session.id]);

  const ended = await home.command(
    ["call", "sessions.end", "--params", JSON.stringify({ session: session.id })],
  );
  assertEquals([ended.code, ended.stdout], [EXIT_STATUS.ok, "{}\n"]);

  const stopped = await home.command(["call", "gateway.stop", "--params", '{"restartInMs":5000}']);
  assertEquals(stopped.code, EXIT_STATUS.ok);
  assertEquals((await gateway.ended).code, EXIT_STATUS.ok);
});

Deno.test("call tells errors by their code, and wrong use apart from them", async () => {
  await using relay = new MockRelay();
  await using gateway = new GatewayProcess({ relayUrl: relay.url });
  await gateway.logged("gateway.started");
  const calls: [string[], number, string][] = [
    [["call", "sessions.nonsense"], EXIT_STATUS.failure, "UNKNOWN_METHOD"],
    [
      ["call", "terminal.detach", "--params", '{"channel":1}'],
      EXIT_STATUS.failure,
      "UNKNOWN_METHOD",
    ],
    [["call", "gateway.nonsense"], EXIT_STATUS.failure, "UNKNOWN_METHOD"],
    [["call", "gateway.stop", "--params", '{"reason":7}'], EXIT_STATUS.failure, "INVALID_REQUEST"],
    [["call", "folders.list", "--params", '{"path":7}'], EXIT_STATUS.failure, "INVALID_REQUEST"],
    [
      ["call", "folders.list", "--params", '{"path":".."}'],
      EXIT_STATUS.failure,
      "FOLDER_NOT_ALLOWED",
    ],
    [["call", "sessions.list", "--params", '{"host":"x"}'], EXIT_STATUS.failure, "HOST_NOT_FOUND"],
    [
      ["call", "sessions.end", "--params", '{"session":"x"}'],
      EXIT_STATUS.failure,
      "SESSION_NOT_FOUND",
    ],
    [["call", "sessions.list", "--params", "[]"], EXIT_STATUS.usage, "--params"],
    [["call"], EXIT_STATUS.usage, "no method"],
  ];
  for (const [args, status, message] of calls) {
    const { code, stderr } = await gateway.home.command(args);
    assertEquals(code, status, `${args.join(" ")}: ${stderr}`);
    assertStringIncludes(stderr, message);
  }
});

Deno.test("helpers never start a gateway", async () => {
  await using home = new GatewayHome();
  for (const args of [["status"], ["health", "--json"], ["sessions"], ["call", "hosts.ping"]]) {
    const { code, stderr } = await home.command(args);
    assertEquals(code, EXIT_STATUS.notRunning, args.join(" "));
    assertStringIncludes(stderr, "No gateway runs here");
  }
  assertEquals(await home.tmux("list-sessions"), "");
});

Deno.test("version and help need nothing", async () => {
  await using home = new GatewayHome();
  assertMatch((await home.command(["version"])).stdout, /^chatcode-gateway \d+\.\d+\.\d+ /);
  assertEquals(JSON.parse((await home.command(["version", "--json"])).stdout).maxProtocol, 1);
  const help = await home.command(["help"]);
  for (const word of ["run", "doctor", "CHATCODE_CP_URL"]) assertStringIncludes(help.stdout, word);
  assertEquals((await home.command(["--help"])).stdout, help.stdout);
});

interface Checks {
  ok: boolean;
  checks: { name: string; state: string; text: string; mend?: string }[];
}

async function doctor(
  home: GatewayHome,
  env: Record<string, string | undefined>,
): Promise<{ code: number; failed: string[]; all: Checks["checks"] }> {
  const { code, stdout } = await home.command(["doctor", "--json"], env);
  const { ok, checks }: Checks = JSON.parse(stdout);
  assertEquals(ok, code === 0);
  for (const { state, mend } of checks) assert(state === "ok" || mend, "no way to mend it");
  const failed = checks.filter(({ state }) => state === "fail").map(({ name }) => name);
  return { code, failed, all: checks };
}

Deno.test("doctor finds nothing wrong where nothing is, and disturbs no gateway", async () => {
  await using relay = new MockRelay();
  await using home = new GatewayHome();
  const env = { CHATCODE_CP_URL: relay.url, CHATCODE_GATEWAY_AUTH_TOKEN: MOCK_TOKEN };
  const before = await doctor(home, env);
  assertEquals([before.failed, before.code], [[], EXIT_STATUS.ok]);
  await using gateway = new GatewayProcess({ relayUrl: relay.url, home });
  await relay.gateway();
  await gateway.logged("gateway.started");
  const { dials } = relay;
  const during = await doctor(home, env);
  assertEquals([during.failed, during.code], [[], EXIT_STATUS.ok]);
  assertEquals(relay.dials, dials, "a second dial would have replaced the gateway");
});

Deno.test("doctor names what is wrong", async () => {
  await using relay = new MockRelay();
  await using home = new GatewayHome();
  const good = { CHATCODE_CP_URL: relay.url, CHATCODE_GATEWAY_AUTH_TOKEN: MOCK_TOKEN };
  const file = `${home.folder}/file`;
  await Deno.writeTextFile(file, "");
  const cases: [Record<string, string | undefined>, string][] = [
    [{ CHATCODE_GATEWAY_AUTH_TOKEN: "another-token" }, "token"],
    [{ CHATCODE_GATEWAY_ID: undefined }, "settings"],
    [{ CHATCODE_CP_URL: "http://127.0.0.1:1" }, "relay"],
    [{ PATH: home.folder }, "tmux"],
    [{ CHATCODE_WORKSPACE: file }, "workspace"],
    [{ CHATCODE_STATE_DIR: `${file}/below` }, "state folder"],
  ];
  for (const [env, name] of cases) {
    const { code, failed } = await doctor(home, { ...good, ...env });
    assertEquals([failed, code], [[name], EXIT_STATUS.failure]);
  }
  const text = await home.command(["doctor"], { ...good, PATH: home.folder });
  assertMatch(text.stdout, /FAIL {2}tmux: .*\n {6}.*apt-get install tmux/);
});

Deno.test("doctor sees a gateway that hangs", async () => {
  await using relay = new MockRelay();
  await using gateway = new GatewayProcess({ relayUrl: relay.url });
  await relay.gateway();
  await gateway.logged("gateway.started");
  gateway.kill("SIGSTOP");
  const env = { CHATCODE_CP_URL: relay.url, CHATCODE_GATEWAY_AUTH_TOKEN: MOCK_TOKEN };
  assertEquals((await doctor(gateway.home, env)).failed, ["gateway"]);
});

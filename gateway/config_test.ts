import {
  assert,
  assertEquals,
  assertNotEquals,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { parseCommandLine, takeEnvironment } from "./command_line.ts";
import { readConfig, readPlaces } from "./config.ts";
import { ExitError } from "./exit_status.ts";

const env = {
  HOME: "/home/me",
  PATH: "/bin",
  CHATCODE_GATEWAY_ID: "laptop",
  CHATCODE_GATEWAY_AUTH_TOKEN: "a-secret-token",
  CHATCODE_CP_URL: "https://relay.example/",
};

function refusal(fn: () => unknown): string {
  const error = assertThrows(fn, ExitError);
  assertEquals(error.exit, "usage");
  return error.message;
}

const run = (...args: string[]) => parseCommandLine(["run", ...args]).flags;

Deno.test("readConfig() takes the environment, with defaults, frozen", () => {
  const config = readConfig(run(), { ...env, XDG_RUNTIME_DIR: "/run/user/7" });
  assertEquals(
    { ...config },
    {
      gatewayId: "laptop" as typeof config.gatewayId,
      token: "a-secret-token",
      relayUrl: "wss://relay.example/gw/connect",
      workspace: "/home/me/workspace",
      tmuxSocket: "chatcode",
      tmuxServer: "own",
      stateDir: "/run/user/7/chatcode",
      environment: { HOME: "/home/me", PATH: "/bin", XDG_RUNTIME_DIR: "/run/user/7" },
      warnings: [],
      force: false,
      verbose: false,
      service: undefined,
    },
  );
  assert(Object.isFrozen(config) && Object.isFrozen(config.environment));
  assertEquals(readPlaces(run(), env).stateDir, "/home/me/.local/state/chatcode");
});

Deno.test("a flag wins over the environment, which wins over the env file", async () => {
  const folder = await Deno.makeTempDir();
  const file = `${folder}/gateway.env`;
  await Deno.writeTextFile(
    file,
    "# ours\n\nCHATCODE_WORKSPACE='/from/file'\nexport CHATCODE_TMUX_SOCKET=\"file\"\n" +
      "CHATCODE_GATEWAY_ID=file\n",
    { mode: 0o600 },
  );
  try {
    const flags = run("--env-file", file, "--workspace=~/flag", "--force", "--verbose");
    const config = readConfig(flags, env);
    assertEquals(config.workspace, "/home/me/flag");
    assertEquals(config.gatewayId as string, "laptop");
    assertEquals(config.tmuxSocket, "file");
    assertEquals([config.force, config.verbose, config.warnings], [true, true, []]);

    await Deno.chmod(file, 0o644);
    assertStringIncludes(readConfig(flags, env).warnings.join(), "chmod 600");
    await Deno.writeTextFile(file, "CHATCODE_GATEWAY_ID=x\nnonsense token\n");
    const message = refusal(() => readConfig(flags, env));
    assertStringIncludes(message, "line 2 is not KEY=VALUE");
    assert(!message.includes("nonsense"), "a broken line may hold the token");
    assertStringIncludes(refusal(() => readConfig(run("--env-file=/none"), env)), "no such file");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("what systemd tells a service is for the gateway alone", () => {
  const told = { ...env, NOTIFY_SOCKET: "/run/notify", WATCHDOG_USEC: "20000000" };
  const config = readConfig(run("--tmux-server", "service"), told);
  assertEquals(config.service, { notifySocket: "/run/notify", watchdogMs: 20_000 });
  assertEquals(config.environment, { HOME: "/home/me", PATH: "/bin" });
  assertEquals(config.tmuxServer, "service");
  const other = readConfig(run(), { ...told, WATCHDOG_PID: "1" });
  assertEquals(other.service, { notifySocket: "/run/notify" }, "that watchdog is not ours");
  assertStringIncludes(refusal(() => readConfig(run("--tmux-server=x"), env)), "TMUX_SERVER");
});

Deno.test("--version asks for ours, and names the wanted one to update", () => {
  assertEquals(parseCommandLine(["--version"]).flags["version"], true);
  assertEquals(parseCommandLine(["update", "--version", "1.2.3"]).flags["version"], "1.2.3");
  assertEquals(parseCommandLine(["update", "--check"]).flags["version"], undefined);
});

Deno.test("the token comes from a file, and never from the command line", async () => {
  const file = await Deno.makeTempFile();
  try {
    await Deno.writeTextFile(file, "token-from-file\n");
    assertEquals(readConfig(run("--token-file", file), env).token, "token-from-file");
    for (const args of [["--token", "abc"], ["--token=abc"]]) {
      const message = refusal(() => parseCommandLine(["run", ...args]));
      assertStringIncludes(message, "--token-file");
      assert(!message.includes("abc"));
    }
    assertStringIncludes(refusal(() => readConfig(run("--token-file=/none"), env)), "/none");
  } finally {
    await Deno.remove(file);
  }
});

Deno.test("each setting that is missing or not valid is named", () => {
  for (const name of ["GATEWAY_ID", "GATEWAY_AUTH_TOKEN", "CP_URL"]) {
    const { [`CHATCODE_${name}` as keyof typeof env]: _left, ...rest } = env;
    assertStringIncludes(refusal(() => readConfig(run(), rest)), `CHATCODE_${name} is missing`);
  }
  const bad: Record<string, string[]> = {
    GATEWAY_ID: ["a b", "x".repeat(65), "ä"],
    GATEWAY_AUTH_TOKEN: ["a b c d e f", "short"],
    CP_URL: [
      "relay.example",
      "ftp://relay.example",
      "http://relay.example",
      "ws://10.0.0.1",
      "https://me:pw@relay.example",
      "https://relay.example/?token=x",
    ],
    WORKSPACE: ["relative/path"],
    TMUX_SOCKET: ["a/b"],
    STATE_DIR: ["relative"],
  };
  for (const [name, values] of Object.entries(bad)) {
    for (const value of values) {
      const message = refusal(() => readConfig(run(), { ...env, [`CHATCODE_${name}`]: value }));
      assertStringIncludes(message, `CHATCODE_${name} is not valid`);
    }
  }
  const long = `/${"x".repeat(100)}`;
  assertStringIncludes(
    refusal(() => readPlaces(run(), { ...env, CHATCODE_STATE_DIR: long })),
    "too long",
  );
  assertStringIncludes(refusal(() => readPlaces(run(), {})), "HOME is not set");
});

Deno.test("plain http is for this machine only", () => {
  const urlOf = (url: string) => readConfig(run("--cp-url", url), env).relayUrl;
  assertEquals(urlOf("http://127.0.0.1:8080"), "ws://127.0.0.1:8080/gw/connect");
  assertEquals(urlOf("http://localhost:8080/"), "ws://localhost:8080/gw/connect");
  assertEquals(urlOf("ws://[::1]:8080"), "ws://[::1]:8080/gw/connect");
  assertEquals(urlOf("wss://relay.example/base/"), "wss://relay.example/base/gw/connect");
});

Deno.test("parseCommandLine() refuses unknown flags and missing values", () => {
  assertStringIncludes(refusal(() => parseCommandLine(["run", "--nonsense"])), "--nonsense");
  assertStringIncludes(refusal(() => parseCommandLine(["run", "--workspace="])), "--workspace");
  const line = parseCommandLine(["call", "sessions.list", "--params", '{"a":1}', "--json"]);
  assertEquals([line.command, line.words], ["call", ["sessions.list"]]);
  assertEquals([line.flags["params"], line.flags["json"]], ['{"a":1}', true]);
});

Deno.test("takeEnvironment() leaves nothing of ours to be inherited", () => {
  Deno.env.set("CHATCODE_TEST_SETTING", "x");
  const kept = Object.entries(Deno.env.toObject()).filter(([name]) => name.startsWith("CHATCODE_"));
  try {
    assertEquals(takeEnvironment()["CHATCODE_TEST_SETTING"], "x");
    assertEquals(Deno.env.get("CHATCODE_TEST_SETTING"), undefined);
    assertNotEquals(Deno.env.get("PATH"), undefined);
  } finally {
    for (const [name, value] of kept) Deno.env.set(name, value);
    Deno.env.delete("CHATCODE_TEST_SETTING");
  }
});

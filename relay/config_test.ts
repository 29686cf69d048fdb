import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { type Config, parseCommand, publicUrlOf, USAGE } from "./config.ts";
import { ConfigError } from "./config_error.ts";

function serve(args: string[], env: Record<string, string> = {}): Config {
  const command = parseCommand(args, env);
  assert(command.command === "serve");
  return command.config;
}

Deno.test("without a word the relay serves this machine alone", () => {
  const config = serve([]);
  assertEquals(config, {
    port: 8420,
    host: "127.0.0.1",
    store: { kind: "dir", path: ".data" },
    dataDir: ".data",
    publicUrl: null,
    releaseUrl: null,
    previewOrigin: null,
    trustedProxies: 0,
    allowLoopbackPush: false,
    telegram: null,
    verbose: false,
    voice: null,
    limits: { maxHosts: 500, maxClients: 1_000, maxBufferedBytes: 8 * 1024 * 1024 },
  });
  assertEquals(publicUrlOf(config, 4711).href, "http://127.0.0.1:4711/");
  assert(Object.isFrozen(config) && Object.isFrozen(config.limits));
});

Deno.test("flags win over the environment, and each is understood in both", () => {
  const env = {
    CHATCODE_PORT: "1",
    CHATCODE_HOST: "0.0.0.0",
    CHATCODE_DATA: "/srv/a",
    CHATCODE_PUBLIC_URL: "https://relay.example",
    CHATCODE_TRUST_PROXY: "1",
    CHATCODE_MAX_HOSTS: "2",
    CHATCODE_MAX_CLIENTS: "3",
    CHATCODE_MAX_BUFFERED_BYTES: "65536",
    CHATCODE_ALLOW_LOOPBACK_PUSH: "1",
    CHATCODE_VERBOSE: "1",
  };
  const byEnv = serve([], env);
  assertEquals(byEnv.limits, { maxHosts: 2, maxClients: 3, maxBufferedBytes: 65536 });
  assertEquals([byEnv.port, byEnv.host, byEnv.dataDir], [1, "0.0.0.0", "/srv/a"]);
  assertEquals([byEnv.trustedProxies, byEnv.verbose, byEnv.allowLoopbackPush], [1, true, true]);
  assertEquals(serve(["--allow-loopback-push"]).allowLoopbackPush, true);
  assertEquals(publicUrlOf(byEnv, 1).href, "https://relay.example/");
  const byFlags = serve(["--port", "0", "--data=/srv/b", "--trust-proxy", "2"], env);
  assertEquals([byFlags.port, byFlags.dataDir, byFlags.trustedProxies], [0, "/srv/b", 2]);
});

Deno.test("a transcription endpoint is set up by its base; its key comes by file or variable", () => {
  const env = { CHATCODE_STT_URL: "https://stt.example/v1", CHATCODE_STT_KEY: "sk-1" };
  assertEquals(serve([], env).voice, {
    url: new URL("https://stt.example/v1"),
    key: "sk-1",
    model: "whisper-1",
    language: null,
  });
  const file = Deno.makeTempFileSync();
  try {
    const near = ["--stt-url=http://127.0.0.1:9000", "--stt-key-file", file];
    assertThrows(() => serve(near), ConfigError, "the transcription key file is empty");
    Deno.writeTextFileSync(file, "sk-2\n");
    assertEquals(serve(near, env).voice?.key, "sk-2");
    const missing = ["--stt-key-file", `${file}.not`];
    assertThrows(() => serve(missing, env), ConfigError, "cannot be read");
  } finally {
    Deno.removeSync(file);
  }
  const chosen = serve(["--stt-model", "turbo", "--stt-language", "de"], env).voice;
  assertEquals([chosen?.model, chosen?.language], ["turbo", "de"]);
  assertEquals(serve(["--stt-url=http://whisper:8000/v1"]).voice?.url.host, "whisper:8000");
});

Deno.test("data can live in memory, and on Deno Deploy it lives in its KV", () => {
  assertEquals(serve(["--data", ":memory:"]).store, { kind: "memory" });
  assertEquals(serve(["--data", ":memory:"]).dataDir, null);
  const deploy = { DENO_DEPLOYMENT_ID: "x", CHATCODE_PUBLIC_URL: "https://relay.example" };
  assertEquals(serve([], deploy).store, { kind: "default" });
  assertEquals([serve([], deploy).dataDir, serve([], deploy).host], [null, "0.0.0.0"]);
  assertThrows(() => serve([], { DENO_DEPLOY: "1" }), ConfigError, "CHATCODE_PUBLIC_URL must be");
});

Deno.test("the bot's token comes from a file or the environment, never from a flag", async () => {
  const file = await Deno.makeTempFile();
  await Deno.writeTextFile(file, "123:from_the-file\n");
  const apiRoot = "https://api.telegram.org";
  const env = { CHATCODE_TELEGRAM_TOKEN: "123:from_the-environment" };
  try {
    assertEquals(serve([], env).telegram, { token: env.CHATCODE_TELEGRAM_TOKEN, apiRoot });
    const fromFile = { token: "123:from_the-file", apiRoot };
    assertEquals(serve(["--telegram-token-file", file], env).telegram, fromFile);
    assertEquals(serve([], { ...env, CHATCODE_TELEGRAM_TOKEN_FILE: file }).telegram, fromFile);
    const own = serve(["--telegram-api-root", "http://127.0.0.1:8081/"], env).telegram;
    assertEquals(own?.apiRoot, "http://127.0.0.1:8081");
    await Deno.writeTextFile(file, "\n");
    assertThrows(() => serve(["--telegram-token-file", file]), ConfigError, "file is empty");
  } finally {
    await Deno.remove(file);
  }
  assertThrows(() => serve(["--telegram-token", "123:x"]), ConfigError, "is no option");
  const wrong = assertThrows(
    () => serve([], { CHATCODE_TELEGRAM_TOKEN: "my-secret" }),
    ConfigError,
  );
  assertEquals(wrong.message.includes("my-secret"), false);
});

for (
  const [args, env, words] of [
    [["--nope"], {}, '"--nope" is no option'],
    [["stray"], {}, '"stray" is no option'],
    [["--port", "70000"], {}, "--port must be a whole number from 0 to 65535"],
    [["--port"], {}, "--port must be a whole number"],
    [["--port=-1"], {}, "--port must be a whole number"],
    [[], { CHATCODE_PORT: "http" }, "CHATCODE_PORT must be a whole number"],
    [["--data="], {}, "--data must be a folder"],
    [["--host", "a b"], {}, "--host must be an address"],
    [["--telegram-token-file", "/nowhere"], {}, 'token file "/nowhere" cannot be read'],
    [["--telegram-api-root", "t.example"], {}, "--telegram-api-root must be an origin"],
    [["--public-url", "relay.example"], {}, "--public-url must be an origin"],
    [["--public-url", "https://a.example/path"], {}, "--public-url must be an origin"],
    [["--public-url", "ftp://a.example"], {}, "--public-url must be an origin"],
    [[], { CHATCODE_VERBOSE: "yes" }, "CHATCODE_VERBOSE must be 0 or 1"],
    [["--stt-url", "whisper.example"], {}, "--stt-url must be a URL such as"],
    [["--stt-url", "https://me:pw@stt.example"], {}, "--stt-url must be a URL such as"],
    [["--stt-key", "sk-1"], {}, '"--stt-key" is no option'],
    [[], { CHATCODE_STT_URL: "https://stt.example", CHATCODE_STT_KEY: "a b" }, "must hold one key"],
    [
      ["--stt-url", "http://stt.example"],
      { CHATCODE_STT_KEY: "sk-1" },
      "CHATCODE_STT_URL must be https",
    ],
    [["admin"], {}, "the admin command is missing"],
    [["admin", "nope"], {}, '"nope" is no admin command'],
    [["admin", "create-gateway"], {}, "--name must be 1 to 80 characters"],
    [["admin", "create-gateway", "--name", "a\nb"], {}, "--name must be"],
    [["admin", "create-gateway", "more", "--name", "a"], {}, '"more" is no option'],
    [["admin", "sign-in-link", "--nope"], {}, '"--nope" is no option'],
    [
      ["admin", "create-api-token", "--name", "a", "--expires-days", "0"],
      {},
      "--expires-days must be",
    ],
  ] as [string[], Record<string, string>, string][]
) {
  Deno.test(`refused in one clear line: ${JSON.stringify(args)} ${JSON.stringify(env)}`, () => {
    const error = assertThrows(() => parseCommand(args, env), ConfigError);
    assertStringIncludes(error.message, words);
    assertEquals(error.message.includes("\n"), false);
  });
}

Deno.test("admin commands, help and version are told apart", () => {
  const command = (...args: string[]) => parseCommand(args, {});
  const admin = (...args: string[]) => {
    const parsed = command("admin", ...args);
    assert(parsed.command === "admin");
    return parsed;
  };
  assertEquals(admin("sign-in-link", "--json").json, true);
  assertEquals(admin("create-gateway", "--name", " laptop ", "--data", "/srv/a"), {
    command: "admin",
    admin: { command: "create-gateway", name: "laptop" },
    json: false,
    config: serve(["--data", "/srv/a"]),
  });
  assertEquals(
    admin("create-api-token", "--name", "ci", "--read-only", "--expires-days", "30").admin,
    { command: "create-api-token", name: "ci", readOnly: true, expiresDays: 30 },
  );
  assertEquals(command("--help").command, "help");
  assertEquals(command("admin", "--help").command, "help");
  assertEquals(command("--version").command, "version");
});

Deno.test("the usage names every variable", () => {
  for (
    const name of [
      "PORT",
      "DATA",
      "STT_URL",
      "STT_KEY_FILE",
      "STT_MODEL",
      "PUBLIC_URL",
      "TRUST_PROXY",
      "MAX_HOSTS",
      "VERBOSE",
    ]
  ) {
    assertStringIncludes(USAGE, `CHATCODE_${name}`);
  }
});

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { waitFor } from "../../kit/testing/wait_for.ts";
import { compile } from "../../tools/compile.ts";
import { Child } from "../harness/child.ts";
import { PaneTmux } from "../harness/pane_tmux.ts";
import { isRunning, megabytes, rssBytes } from "../harness/proc.ts";
import { Relay } from "../harness/relay.ts";
import { ROOT } from "../harness/root.ts";
import { WireClient } from "../harness/wire_client.ts";
import { WireTerminal } from "../harness/wire_terminal.ts";
import { BuiltGateway } from "./harness/built_gateway.ts";

/** Aims; a machine with other work gets three times as long before it is a failure. */
const AIM = { versionMs: 100, acceptedMs: 400, rssBytes: 80 * 1024 * 1024 };
const PATIENCE = 3;

Deno.test("the gateway as one file", async (t) => {
  await using gateway = await BuiltGateway.build();
  const { built } = gateway;
  console.log(`built by: ${built.form}, ${(built.bytes / 1e6).toFixed(1)} MB`);

  await t.step("says its version, first and again", async () => {
    const first = await gateway.run(["version", "--json"]);
    assertEquals(first.code, 0, first.stderr);
    const { version } = JSON.parse(await Deno.readTextFile(new URL("gateway/deno.json", ROOT)));
    assertEquals(JSON.parse(first.stdout).version, version);
    const times: number[] = [];
    for (let round = 0; round < 11; round += 1) times.push((await gateway.run(["version"])).ms);
    const [best = 0, median = 0] = [0, 5].map((at) => times.toSorted((a, b) => a - b)[at]);
    console.log(
      `version: first ${Math.round(first.ms)} ms, warm ${Math.round(median)} ms ` +
        `(best ${Math.round(best)} ms)`,
    );
    assert(best < AIM.versionMs, `${best} ms`);
  });

  await t.step("wrong use has its message and status", async () => {
    const end = await gateway.run(["run", "--gateway-id", "x", "--tokenfile", "y"]);
    assertEquals(end.code, 2);
    assertStringIncludes(end.stderr, "--tokenfile");
    const helper = await gateway.run(["status", "--state-dir", `${gateway.folder}/none`]);
    assertEquals(helper.code, 5, helper.stderr);
  });

  if (built.form === "self-extracting") {
    await t.step("two builds are the same bytes", async () => {
      const output = `${gateway.folder}/again`;
      const again = await compile(ROOT, built.target, { output, fallback: true, tell: () => {} });
      assertEquals(again.sha256, built.sha256);
      await Deno.remove(output, { recursive: true });
    });
    await t.step("unpacks into a private folder, checked", () => unpacksSafely(gateway));
  }

  await t.step("runs against a relay", (t) => runsAgainstRelay(gateway, t));
});

async function unpacksSafely(gateway: BuiltGateway): Promise<void> {
  const place = `${gateway.folder}/cache/chatcode-gateway`;
  assertEquals(((await Deno.stat(place)).mode ?? 0) & 0o777, 0o700);
  assertEquals([...Deno.readDirSync(place)].filter(({ name }) => name.startsWith(".")), []);

  const bytes = await Deno.readFile(gateway.path);
  const path = `${gateway.folder}/damaged`;
  const spoilt = { cut: bytes.slice(0, -100_000), changed: bytes.slice() };
  spoilt.changed[bytes.length - 5_000_000]! ^= 1;
  for (const [what, damaged] of Object.entries(spoilt)) {
    await Deno.writeFile(path, damaged, { mode: 0o755 });
    const env = { XDG_CACHE_HOME: `${gateway.folder}/${what}` };
    const end = await gateway.run(["version"], { path, env });
    assertEquals([end.code, end.stdout], [1, ""], what);
    assertStringIncludes(end.stderr, "damaged");
    assertEquals([...Deno.readDirSync(`${env.XDG_CACHE_HOME}/chatcode-gateway`)], [], what);
  }

  const env = { XDG_CACHE_HOME: `${gateway.folder}/crowd` };
  const ends = await Promise.all(
    Array.from({ length: 6 }, () => gateway.run(["version"], { env })),
  );
  assertEquals(ends.map(({ code }) => code), ends.map(() => 0), ends[0]?.stderr);
  const left = [...Deno.readDirSync(`${env.XDG_CACHE_HOME}/chatcode-gateway`)];
  assertEquals(left.length, 1, "one of them is kept");
  const inside = [...Deno.readDirSync(`${env.XDG_CACHE_HOME}/chatcode-gateway/${left[0]?.name}`)];
  assertEquals(inside.map(({ name }) => name).toSorted(), ["app", "cache", "chatcode-gateway"]);

  if (Deno.uid() === 0) {
    const theirs = { XDG_CACHE_HOME: `${gateway.folder}/theirs` };
    await Deno.mkdir(`${theirs.XDG_CACHE_HOME}/chatcode-gateway`, { recursive: true });
    await Deno.chown(`${theirs.XDG_CACHE_HOME}/chatcode-gateway`, 65534, 65534);
    const end = await gateway.run(["version"], { env: theirs });
    assertEquals(end.code, 1);
    assertStringIncludes(end.stderr, "another user's");
  }
}

async function runsAgainstRelay(gateway: BuiltGateway, t: Deno.TestContext): Promise<void> {
  await using stack = new AsyncDisposableStack();
  const { folder } = gateway;
  const tmux = stack.use(new PaneTmux());
  const relay = stack.use(await Relay.start({ data: `${folder}/relay` }));
  const { id, token } = await relay.createGateway("one-file");
  await Deno.writeTextFile(`${folder}/token`, token, { mode: 0o600 });
  const env = {
    ...gateway.env,
    PATH: Deno.env.get("PATH") ?? "",
    SHELL: "/bin/sh",
    PS1: "$ ",
    ENV: "",
    DENO_DIR: "/the/users/own",
    CHATCODE_STATE_DIR: `${folder}/state`,
    CHATCODE_TMUX_SOCKET: tmux.socketName,
  };
  const start = () =>
    new Child("gateway", {
      program: gateway.path,
      args: ["run", "--gateway-id", id, "--cp-url", relay.url, "--token-file", `${folder}/token`],
      env,
      clearEnv: true,
    });
  let child = start();
  stack.defer(() => child.kill());
  const first = await child.event("uplink.accepted");
  const client = stack.use(
    await WireClient.open({ url: relay.url, token: await relay.createApiToken() }),
  );
  const { session } = await client.request("sessions.start", { host: id as never });

  await t.step("a session: PTY, size and input; nothing of ours is inherited", async () => {
    await using terminal = await WireTerminal.attach(client, { host: id, session: session.id });
    terminal.write(
      "tty; stty size; echo mask=$(umask); echo [$DENO_DIR][$DENO_NO_UPDATE_CHECK]; env | grep -c '^CHATCODE_'\r",
    );
    await terminal.read("/dev/");
    await terminal.read("24 80");
    await terminal.read(`mask=${Deno.umask().toString(8).padStart(4, "0")}`);
    await terminal.read("[/the/users/own][]");
    await terminal.read("\n0\r");
  });

  await t.step("helpers, doctor and the hook script", async () => {
    const health = await gateway.run(["health", "--json"], { env });
    assertEquals([health.code, JSON.parse(health.stdout).relay], [0, "connected"], health.stderr);
    const doctor = await gateway.run(["doctor", "--json"], {
      env: {
        ...env,
        CHATCODE_GATEWAY_ID: id,
        CHATCODE_CP_URL: relay.url,
        CHATCODE_GATEWAY_AUTH_TOKEN: token,
      },
    });
    assertEquals(doctor.code, 0, doctor.stdout);
    const hooks = `${folder}/.local/share/chatcode/hooks`;
    const spool = `${hooks}/spool/${tmux.socketName}`;
    await using terminal = await WireTerminal.attach(client, { host: id, session: session.id });
    terminal.write(
      `echo '{"hook_event_name":"Stop"}' | sh ${hooks}/hook.sh claude; echo done=$?\r`,
    );
    await terminal.read("done=0");
    const isEmpty = () => [...Deno.readDirSync(spool)].length === 0;
    await waitFor(isEmpty, { what: "the daemon to take what the hook left" });
  });

  await t.step("memory, idle", () => {
    const bytes = rssBytes(child.pid);
    console.log(`RSS with one session: ${megabytes(bytes)} MB`);
    assert(bytes < AIM.rssBytes * 1.5, `${bytes} bytes`);
  });

  await t.step("SIGTERM ends it softly, SIGKILL at once; the session lives on", async () => {
    child.signal("SIGTERM");
    assertEquals((await child.ended()).code, 0, child.tail());
    const accepted = [Number(first.acceptedMs)];
    for (let round = 0; round < 5; round += 1) {
      child = start();
      accepted.push(Number((await child.event("uplink.accepted")).acceptedMs));
      await child.kill();
      assert(!isRunning(child.pid));
    }
    const times = accepted.slice(1).toSorted((a, b) => a - b);
    console.log(`accepted after: ${times.join(", ")} ms (first start: ${accepted[0]} ms)`);
    assert((times[0] ?? 0) < AIM.acceptedMs * PATIENCE, `${times}`);
    assertEquals(await tmux.sessions(), [session.id]);
  });
}

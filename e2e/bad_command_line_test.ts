import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { MOCK_TOKEN, MockRelay } from "../gateway/testing/mock_relay.ts";
import { Child } from "./harness/child.ts";
import { entry } from "./harness/root.ts";
import { Site } from "./harness/site.ts";

Deno.test("bad input at the gateway's command line: message and exit status", async (t) => {
  await using site = await Site.start();

  await t.step("a wrong token: 4", async () => {
    const end = await runGateway(site, {
      id: site.host,
      token: "ccg_nonsense",
      url: site.relay.url,
    });
    assertEquals(end.code, 4, end.text);
    assertStringIncludes(end.text, "token");
  });

  await t.step("a second gateway on the host: 6", async () => {
    const token = "ccg_whatever-it-is";
    const end = await runGateway(site, { id: site.host, token, url: site.relay.url }, {
      CHATCODE_STATE_DIR: `${site.folder}/state`,
    });
    assertEquals(end.code, 6, end.text);
    assertStringIncludes(end.text, `${site.gateway.pid}`);
  });

  await t.step("[HE3] a relay without a version in common: 7", async () => {
    await using relay = new MockRelay({ protocol: { min: 8, max: 9 } });
    const end = await runGateway(site, { id: "x", token: MOCK_TOKEN, url: relay.url });
    assertEquals(end.code, 7, end.text);
    assertStringIncludes(end.text, "version");
  });

  await t.step("tmux missing: 3, and what to do", async () => {
    const env = { PATH: `${site.folder}/workspace` };
    const end = await runGateway(
      site,
      { id: "x", token: MOCK_TOKEN, url: "http://127.0.0.1:1" },
      env,
    );
    assertEquals(end.code, 3, end.text);
    assertStringIncludes(end.text, "tmux");
  });

  await t.step("tmux too old: 3, and which version is needed", async () => {
    const bin = `${site.folder}/old`;
    await Deno.mkdir(bin);
    await Deno.writeTextFile(`${bin}/tmux`, "#!/bin/sh\necho tmux 2.9a\n", { mode: 0o755 });
    const env = { PATH: `${bin}:${Deno.env.get("PATH")}` };
    const end = await runGateway(
      site,
      { id: "x", token: MOCK_TOKEN, url: "http://127.0.0.1:1" },
      env,
    );
    assertEquals(end.code, 3, end.text);
    assertStringIncludes(end.text, "2.9");
    assertStringIncludes(end.text, "3.2");
  });

  await t.step("no id, no URL, a URL that is none: 2, and which setting", async () => {
    for (const [flags, named] of [[[], "GATEWAY_ID"], [["--gateway-id", "x"], "CP_URL"]] as const) {
      const child = new Child("gateway", {
        args: ["run", "-A", entry("gateway/main.ts"), "run", ...flags],
        env: { CHATCODE_GATEWAY_AUTH_TOKEN: MOCK_TOKEN, CHATCODE_STATE_DIR: `${site.folder}/s` },
      });
      assertEquals((await child.ended()).code, 2, child.tail());
      assertStringIncludes(child.tail(), named);
    }
    const end = await runGateway(site, { id: "x", token: MOCK_TOKEN, url: "nonsense" });
    assertEquals(end.code, 2, end.text);
  });

  await t.step("a relay that cannot be reached: says so, and goes on trying", async () => {
    await using gateway = gatewayChild(site, {
      id: "x",
      token: MOCK_TOKEN,
      url: "http://127.0.0.1:1",
    });
    const line = await gateway.event("uplink.lost");
    assertStringIncludes(String(line.why), "unreachable");
    await gateway.event("uplink.lost", gateway.written);
    assert(gateway.running);
  });

  await t.step("a helper without a running gateway: 5", async () => {
    const child = new Child("status", {
      args: ["run", "-A", entry("gateway/main.ts"), "status"],
      env: { CHATCODE_STATE_DIR: `${site.folder}/nobody-here` },
    });
    assertEquals((await child.ended()).code, 5, child.tail());
  });
});

Deno.test("bad input at the relay's and the start's command line", async (t) => {
  const folder = await Deno.makeTempDir({ prefix: "cc-e2e-" });
  using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const port = `${taken.addr.port}`;
  try {
    await t.step("the relay's port is in use", async () => {
      const child = new Child("relay", {
        args: ["run", "-A", entry("relay/main.ts"), "--port", port, "--data", `${folder}/a`],
      });
      assert((await child.ended()).code > 0, child.tail());
      assertStringIncludes(child.tail(), port);
      assertStringIncludes(child.tail(), "in use");
    });

    await t.step("the start's port is in use", async () => {
      const child = new Child("start", {
        args: ["run", "-A", entry("tools/start.ts"), "--port", port, "--data", `${folder}/b`]
          .concat("--no-open"),
      });
      assertEquals((await child.ended()).code, 1, child.tail());
      assertStringIncludes(child.tail(), "in use");
      assertStringIncludes(child.tail(), `--port ${taken.addr.port + 1}`);
    });

    await t.step("a flag that does not exist: 2", async () => {
      for (const script of ["relay/main.ts", "tools/start.ts", "bench/main.ts"]) {
        const child = new Child(script, { args: ["run", "-A", entry(script), "--no-such-flag"] });
        assertEquals((await child.ended()).code, 2, `${script}: ${child.tail()}`);
        assertStringIncludes(child.tail(30), "no-such-flag");
      }
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

interface Dialled {
  readonly id: string;
  readonly token: string;
  readonly url: string;
}

async function runGateway(site: Site, dialled: Dialled, env: Record<string, string> = {}) {
  const child = gatewayChild(site, dialled, env);
  const timer = setTimeout(() => child.signal("SIGKILL"), 30_000);
  const { code } = await child.ended();
  clearTimeout(timer);
  return { code, text: child.tail(30) };
}

function gatewayChild(site: Site, { id, token, url }: Dialled, env: Record<string, string> = {}) {
  return new Child("gateway", {
    args: ["run", "-A", entry("gateway/main.ts"), "run", "--gateway-id", id, "--cp-url", url],
    env: {
      CHATCODE_GATEWAY_AUTH_TOKEN: token,
      CHATCODE_TMUX_SOCKET: site.tmux.socketName,
      CHATCODE_STATE_DIR: `${site.folder}/other-state`,
      CHATCODE_WORKSPACE: site.workspace,
      ...env,
    },
  });
}

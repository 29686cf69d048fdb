import { assert, assertEquals, assertRejects } from "@std/assert";
import { KEEPER } from "./conf.ts";
import { TmuxError } from "./error.ts";
import { PrivateTmux } from "./private_tmux.ts";
import { openTmux } from "./server.ts";

Deno.test("the configuration is taken whole, also a second time, and binds no key", async () => {
  await using tmux = await PrivateTmux.open();
  assertEquals((await tmux.commands.run(["source-file", tmux.commands.confPath])).message, "");
  assertEquals((await tmux.commands.run(["list-keys"])).stdout, "");
  assertEquals(await tmux.commands.must(["show-options", "-gv", "history-limit"]), "50000\n");
  assertEquals(await tmux.commands.must(["show-options", "-gv", "prefix"]), "None\n");
  const features = await tmux.commands.must(["show-options", "-sv", "terminal-features"]);
  assertEquals(features.trim().split("\n").length, 1, "sourcing twice appends nothing");
});

Deno.test("no mode can trap a pane's keys", async () => {
  await using tmux = await PrivateTmux.open();
  await tmux.commands.must(["new-session", "-d", "-s", "a", "cat"]);
  for (const mode of ["copy-mode", "clock-mode", "choose-tree"]) {
    await tmux.commands.must([mode, "-t", "=a:"]);
    const inMode = ["display-message", "-p", "-t", "=a:", "#{pane_in_mode}"];
    assertEquals(await tmux.commands.must(inMode), "0\n", mode);
  }
});

Deno.test("the server's environment has the user's settings and none of the gateway's", async () => {
  const folder = await Deno.makeTempDir();
  const socketName = `cc-test-${crypto.randomUUID().slice(0, 8)}`;
  const env = {
    PATH: Deno.env.get("PATH") ?? "",
    HOME: folder,
    EDITOR: "vi",
    CHATCODE_GATEWAY_AUTH_TOKEN: "secret",
  };
  const tmux = await openTmux({ socketName, confPath: `${folder}/tmux.conf`, env });
  try {
    const global = await tmux.commands.must(["show-environment", "-g"]);
    assert(global.includes("EDITOR=vi\n"));
    assert(!global.includes("CHATCODE"), global);
    assertEquals((await Deno.stat(`${folder}/tmux.conf`)).mode! & 0o777, 0o600);
  } finally {
    await tmux[Symbol.asyncDispose]();
    await tmux.commands.run(["kill-server"]);
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("a server that runs already keeps its sessions", async () => {
  await using first = await PrivateTmux.open();
  await first.commands.must(["new-session", "-d", "-s", "a", "cat"]);
  await first.control[Symbol.asyncDispose]();
  const again = await openTmux({
    socketName: first.commands.socketName,
    confPath: first.commands.confPath,
    env: first.commands.env,
  });
  assertEquals(await again.commands.hasSession("a"), true);
  assertEquals(await again.commands.hasSession(KEEPER), true);
  await again[Symbol.asyncDispose]();
  assertEquals(await again.commands.hasSession("a"), true, "disposing ends no session");
});

Deno.test("openTmux() tells a missing tmux", async () => {
  const error = await assertRejects(
    () => openTmux({ confPath: "/nonexistent/conf", env: {}, binary: "/nonexistent/tmux" }),
    TmuxError,
  );
  assertEquals(error.code, "TMUX_MISSING");
});

Deno.test("a server that another service runs is waited for, configured, and never started", async () => {
  const folder = await Deno.makeTempDir();
  const socketName = `cc-test-${crypto.randomUUID().slice(0, 8)}`;
  const env = { PATH: Deno.env.get("PATH") ?? "", HOME: folder };
  const opening = openTmux({
    socketName,
    confPath: `${folder}/tmux.conf`,
    env,
    serverIsService: true,
  });
  const server = new Deno.Command("tmux", {
    args: ["-D", "-L", socketName, "-f", "/dev/null"],
    env,
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  try {
    await using tmux = await opening;
    assertEquals(await tmux.commands.must(["show-options", "-gv", "history-limit"]), "50000\n");
    assert(await tmux.commands.hasSession(KEEPER));
    const pid = await tmux.commands.must(["display-message", "-p", "#{pid}"]);
    assertEquals(Number(pid), server.pid, "it is the service's own");
  } finally {
    server.kill("SIGKILL");
    await server.status;
    const client = await new Deno.Command("tmux", { args: ["-N", "-L", socketName, "ls"] })
      .output();
    assert(!client.success);
    await Deno.remove(folder, { recursive: true });
  }
});

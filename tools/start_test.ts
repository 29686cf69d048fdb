import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { waitFor } from "../kit/testing/wait_for.ts";
import { Child } from "./start/child.ts";

const START = new URL("./start.ts", import.meta.url).pathname;

async function start(
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<{ code: number; stdout: string; stderr: string }> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--allow-all", START, ...args],
    env: { NO_COLOR: "1", ...env },
    stdin: "null",
  }).output();
  const text = new TextDecoder();
  return { code, stdout: text.decode(stdout), stderr: text.decode(stderr) };
}

Deno.test("start says which option is wrong, and what there is", async () => {
  const { code, stdout, stderr } = await start(["--port", "http"]);
  assertEquals([code, stdout], [2, ""]);
  assertMatch(
    stderr,
    /^--port wants a number from 0 to 65535, not "http"\n\nUsage: deno task start/,
  );
});

Deno.test("start on a port in use says so and what to type", async () => {
  using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = taken.addr;
  const { code, stdout, stderr } = await start(["--no-open", "--port", `${port}`]);
  assertEquals([code, stdout], [1, ""]);
  assertStringIncludes(stderr, `Cannot listen on 127.0.0.1:${port}: the port is in use`);
  assertStringIncludes(stderr, `deno task start --port ${port + 1}`);
});

Deno.test("start without tmux says what to type, when it may not install it", async () => {
  const dir = await Deno.makeTempDir();
  try {
    const { code, stderr } = await start(["--no-open"], { PATH: dir, CHATCODE_NO_INSTALL: "1" });
    assertEquals(code, 1);
    assertMatch(stderr, /^tmux is not installed\. .+, then try again/);
  } finally {
    await Deno.remove(dir);
  }
});

Deno.test("start serves, stops both on Ctrl-C, and leaves sessions for the next start", async () => {
  const dir = await Deno.makeTempDir();
  const socket = `cc-test-${crypto.randomUUID().slice(0, 8)}`;
  const tmux = async (...args: string[]) => {
    const { success, stdout } = await new Deno.Command("tmux", {
      args: ["-L", socket, ...args],
      stderr: "null",
    }).output();
    return success ? new TextDecoder().decode(stdout).trim() : undefined;
  };
  await using stack = new AsyncDisposableStack();
  stack.defer(() => Deno.remove(dir, { recursive: true }));
  stack.defer(async () => void await tmux("kill-server"));

  const ids: unknown[] = [];
  for (const round of [1, 2]) {
    const lines: string[] = [];
    await using child = new Child({
      name: "start",
      args: ["run", "--allow-all", START, "--json", "--port=0", `--data=${dir}/data`],
      env: { CHATCODE_TMUX_SOCKET: socket, CHATCODE_WORKSPACE: `${dir}/workspace` },
      onLine: (line) => lines.push(line),
    });
    const line = await Promise.race([
      waitFor(() => lines.find((line) => line.startsWith("{")), {
        what: "the link",
        deadlineMs: 60_000,
      }),
      child.ended.then(({ why }) => Promise.reject(new Error(why))),
    ]);
    const started = JSON.parse(line);
    ids.push(started.gatewayId);
    const origin = `http://127.0.0.1:${started.port}`;
    assertMatch(started.url, new RegExp(`^${origin}/sign-in#.{20,}$`));
    for (const path of ["/readyz", "/sign-in"]) {
      const answer = await fetch(`${origin}${path}`);
      await answer.body?.cancel();
      assertEquals([path, answer.status], [path, 200]);
    }
    if (round === 1) await tmux("new-session", "-d", "-s", "kept");

    const pids: number[] = [started.pid, started.relayPid, started.gatewayPid];
    Deno.kill(child.pid, "SIGINT");
    assertEquals((await child.ended).status, 0);
    assert(pids.every((pid) => !isAlive(pid)), "a process was left behind");
    assertEquals(await tmux("has-session", "-t", "=kept"), "");
    assertEquals(lines.filter((line) => line.startsWith("{")).length, 1);
  }
  assertEquals(ids[0], ids[1]);
});

function isAlive(pid: number): boolean {
  try {
    Deno.kill(pid, "SIGCONT");
    return true;
  } catch {
    return false;
  }
}

import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";

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

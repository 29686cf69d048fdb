import { assert, assertEquals } from "@std/assert";
import { silentLog } from "@chatcode/kit";
import { waitFor } from "../../kit/testing/wait_for.ts";
import { HOOK_END, MAX_HOOK_BYTES, MAX_SPOOLED } from "./hook_script.ts";
import { type HookCall, Spool } from "./spool.ts";

class Lab implements AsyncDisposable {
  readonly folder = Deno.makeTempDirSync({ prefix: "cc-spool-" });
  readonly calls: HookCall[] = [];

  get spoolPath(): string {
    return `${this.folder}/spool/test`;
  }

  open(): Spool {
    return Spool.open({
      ...{ folder: this.folder, tmuxSocket: "test", log: silentLog },
      onCall: (call) => void this.calls.push(call),
    });
  }

  /** Runs the hook as an agent would. */
  async hook(payload: string, env: Record<string, string> = {}) {
    const startedMs = performance.now();
    const child = new Deno.Command("sh", {
      args: [`${this.folder}/hook.sh`, "claude"],
      env: { PATH: "/usr/bin:/bin", TMUX: "/run/tmux/test,1,2", TMUX_PANE: "%7", ...env },
      clearEnv: true,
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const writer = child.stdin.getWriter();
    await writer.write(new TextEncoder().encode(payload));
    await writer.close();
    const { code, stdout, stderr } = await child.output();
    const printed = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
    return { code, printed, ms: performance.now() - startedMs };
  }

  waiting(): number {
    return [...Deno.readDirSync(this.spoolPath)].length;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.folder, { recursive: true });
  }
}

const PAYLOAD = JSON.stringify({ session_id: "s", hook_event_name: "Stop", text: "ü 'quoted' $x" });

Deno.test("a hook's payload reaches the gateway at once, and is gone from the spool", async () => {
  await using lab = new Lab();
  await using _spool = lab.open();
  assertEquals((await lab.hook(PAYLOAD)).code, 0);
  const [call] = await waitFor(() => lab.calls.length > 0 && lab.calls, { what: "a call" });
  assertEquals(call, {
    agent: "claude",
    pane: "%7",
    atMs: call?.atMs,
    payload: JSON.parse(PAYLOAD),
  });
  await waitFor(() => lab.waiting() === 0, { what: "an empty spool" });
});

Deno.test("what hooks left while no gateway ran is taken up, oldest first", async () => {
  await using lab = new Lab();
  await lab.open()[Symbol.asyncDispose]();
  for (const n of [1, 2, 3]) await lab.hook(JSON.stringify({ session_id: String(n) }));
  await using _spool = lab.open();
  assertEquals(lab.calls.map(({ payload }) => payload), [
    { session_id: "1" },
    { session_id: "2" },
    { session_id: "3" },
  ]);
});

Deno.test("a hook never fails and never prints, whatever is wrong", async () => {
  await using lab = new Lab();
  await lab.open()[Symbol.asyncDispose]();
  const large = `{"session_id":"s","hook_event_name":"Stop","text":"${"x".repeat(600_000)}"}`;
  const cases: [string, Record<string, string>][] = [
    [PAYLOAD, { TMUX: "" }],
    [PAYLOAD, { TMUX_PANE: "" }],
    [PAYLOAD, { TMUX: "/run/tmux/another,1,2" }],
    [PAYLOAD, { TMUX: "/run/../../..,1,2" }],
    ["", {}],
    ["no json \x00 at all", {}],
    [large, {}],
  ];
  for (const [payload, env] of cases) {
    const { code, printed } = await lab.hook(payload, env);
    assertEquals({ code, printed }, { code: 0, printed: "" });
  }
  await using _spool = lab.open();
  assertEquals(lab.calls.map(({ payload }) => payload), [
    { session_id: "s", hook_event_name: "Stop" },
  ]);
});

Deno.test("a spool that is full, read-only or gone costs the agent nothing", async () => {
  await using lab = new Lab();
  await lab.open()[Symbol.asyncDispose]();
  for (let n = 0; n < MAX_SPOOLED; n++) Deno.writeTextFileSync(`${lab.spoolPath}/${n}.hook`, "");
  assertEquals((await lab.hook(PAYLOAD)).code, 0);
  assertEquals(lab.waiting(), MAX_SPOOLED);
  await Deno.remove(lab.spoolPath, { recursive: true });
  assertEquals((await lab.hook(PAYLOAD)).code, 0);
  await Deno.writeTextFile(lab.spoolPath, "a file in its place");
  assertEquals((await lab.hook(PAYLOAD)).code, 0);
});

Deno.test("hostile files in a spool are dropped", async () => {
  await using lab = new Lab();
  await lab.open()[Symbol.asyncDispose]();
  const write = (name: string, text: string) =>
    Deno.writeTextFileSync(`${lab.spoolPath}/${name}`, text + HOOK_END);
  write("1.hook", "claude %1\n[");
  write("2.hook", "No-body %1\n{}");
  write("3.hook", "claude %1; rm\n{}");
  write("4.hook", "x".repeat(MAX_HOOK_BYTES * 2));
  write("5.hook", "");
  Deno.symlinkSync("/etc/passwd", `${lab.spoolPath}/6.hook`);
  Deno.mkdirSync(`${lab.spoolPath}/7.hook`);
  write("8.hook", 'claude %1\n{"session_id":"fine"}');
  await using _spool = lab.open();
  assertEquals(lab.calls.map(({ payload }) => payload), [{ session_id: "fine" }]);
});

Deno.test("a hook that is still being written is taken when it is whole", async () => {
  await using lab = new Lab();
  await using spool = lab.open();
  const path = `${lab.spoolPath}/1-2.hook`;
  Deno.writeTextFileSync(path, 'claude %1\n{"session_id":');
  spool.look();
  assertEquals([lab.calls.length, lab.waiting()], [0, 1]);
  Deno.writeTextFileSync(path, `"s"}${HOOK_END}`, { append: true });
  await waitFor(() => lab.waiting() === 0, { what: "an empty spool" });
  assertEquals(lab.calls.map(({ payload }) => payload), [{ session_id: "s" }]);
});

Deno.test("what a hook that was killed left behind is cleared away", async () => {
  await using lab = new Lab();
  await lab.open()[Symbol.asyncDispose]();
  const path = `${lab.spoolPath}/1-2.hook`;
  Deno.writeTextFileSync(path, "claude %1\n{");
  const minuteAgo = Date.now() / 1000 - 60;
  Deno.utimeSync(path, minuteAgo, minuteAgo);
  await using _spool = lab.open();
  assertEquals([lab.calls.length, lab.waiting()], [0, 0]);
});

Deno.test("a hook takes some milliseconds, whether anybody listens or not", async () => {
  await using lab = new Lab();
  const spool = lab.open();
  const times: Record<string, number[]> = { up: [], down: [] };
  for (let n = 0; n < 20; n++) times["up"]?.push((await lab.hook(PAYLOAD)).ms);
  await spool[Symbol.asyncDispose]();
  for (let n = 0; n < 20; n++) times["down"]?.push((await lab.hook(PAYLOAD)).ms);
  for (const [state, all] of Object.entries(times)) {
    all.sort((a, b) => a - b);
    console.log(
      `hook, gateway ${state}: p50 ${all[10]?.toFixed(1)} ms, p99 ${all[19]?.toFixed(1)} ms`,
    );
    // The bound is for the hook; a busy machine takes longer to start any process.
    assert((all[10] ?? Infinity) < 60, `${state}: ${all}`);
  }
});

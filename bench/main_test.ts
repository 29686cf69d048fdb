import { assert, assertEquals, assertGreater, assertStringIncludes } from "@std/assert";
import { Child } from "../e2e/harness/child.ts";
import { entry } from "../e2e/harness/root.ts";

function bench(...args: string[]): Child {
  return new Child("bench", { args: ["run", "-A", entry("bench/main.ts"), ...args] });
}

Deno.test("bench --json prints one line of figures that can be true, and nothing else", async () => {
  const child = bench("--json", "--quick");
  assertEquals((await child.ended()).code, 0, child.tail());
  assertEquals(child.lines.length, 1, child.tail());
  const [{ readAtMs: _, ...figures } = { readAtMs: 0 }] = child.lines;
  assertEquals(Object.keys(figures), [
    "echo_p50_ms",
    "echo_p99_ms",
    "flood_p50_ms",
    "flood_p99_ms",
    "bulk_mb_s",
    "cpu_s_per_100mb",
    "rss_idle_mb",
    "rss_50_sessions_mb",
    "accepted_ms",
  ]);
  const value = (name: string) => Number((figures as Record<string, unknown>)[name]);
  for (const name of Object.keys(figures)) assertGreater(value(name), 0, name);
  assert(value("echo_p50_ms") <= value("echo_p99_ms"));
  assert(value("flood_p50_ms") <= value("flood_p99_ms"));
  assertGreater(value("rss_50_sessions_mb"), value("rss_idle_mb"));
  // Two Deno processes: less would mean that the wrong ones were measured.
  assertGreater(value("rss_idle_mb"), 60);
});

Deno.test("bench says which drivers there are", async () => {
  const child = bench("--driver", "nonsense");
  assertEquals((await child.ended()).code, 2, child.tail());
  assertStringIncludes(child.tail(), 'No driver "nonsense"');
  assertStringIncludes(child.tail(), "chatcode|ttyd|ttyd-tmux");
});

Deno.test("bench says what is missing if a driver's program is not installed", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const child = new Child("bench", {
      args: ["run", "-A", entry("bench/main.ts"), "--driver", "ttyd"],
      env: { PATH: folder },
    });
    assertEquals((await child.ended()).code, 3, child.tail());
    assertStringIncludes(child.tail(), "Cannot measure: ttyd is not installed");
  } finally {
    await Deno.remove(folder);
  }
});

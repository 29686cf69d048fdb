import { assertEquals, assertMatch } from "@std/assert";
import { type Figures, jsonLine, table } from "./report.ts";

const figures: Figures = {
  echo_p50_ms: 0.5,
  echo_p99_ms: 2.123456,
  flood_p50_ms: 3.6,
  flood_p99_ms: 9,
  bulk_mb_s: 30,
  cpu_s_per_100mb: 7,
  rss_idle_mb: 80,
  rss_50_sessions_mb: 140,
  accepted_ms: null,
};

Deno.test("jsonLine() is one object on one line with exactly the promised keys", () => {
  const line = jsonLine(figures);
  assertEquals(line.includes("\n"), false);
  assertEquals(Object.keys(JSON.parse(line)), [
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
  assertEquals(JSON.parse(line).echo_p99_ms, 2.12);
});

Deno.test("table() says which aims are met", () => {
  const text = table("ours", figures);
  assertMatch(text, /echo of a key, idle, p50 .* 0\.5 .*aim <= 1 .*2\.00x met/);
  assertMatch(text, /echo while another floods, p50 .*0\.50x MISSED/);
  assertMatch(text, /output of a session, MB\/s .*aim >= 15 .*2\.00x met/);
  assertMatch(text, /memory at 50 sessions, MB .*1\.00x met/);
  assertMatch(text, /gateway run to accepted, ms .* -$/m);
});

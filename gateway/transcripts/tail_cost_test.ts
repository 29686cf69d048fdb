import { assertEquals, assertLess } from "@std/assert";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { AGENTS } from "../agents/agents.ts";
import { Tail } from "./tail.ts";

const PER_SECOND = 1_000;
const SECONDS = 5;

Deno.test("Tail and a reader take 1,000 records a second for less than 5 % of a core", async () => {
  const path = await Deno.makeTempFile();
  const fixture = new URL(
    "../agents/testdata/claude-2.1.329/transcript-approval.jsonl",
    import.meta.url,
  );
  const script = new URL("testing/append_records.ts", import.meta.url);
  const args = [script, fixture].map((url) => fileURLToPath(url));
  const writer = new Deno.Command(Deno.execPath(), {
    args: ["run", "--allow-all", args[0] ?? "", path, args[1] ?? "", `${PER_SECOND}`, `${SECONDS}`],
  }).spawn();
  const aborter = new AbortController();
  try {
    const reader = AGENTS.claude.newReader();
    let [records, turns] = [0, 0];
    // The first second is the compiler's.
    let before: { cpu: NodeJS.CpuUsage; atMs: number } | undefined;
    for await (const batch of new Tail(path, { signal: aborter.signal })) {
      for (const { record } of batch.records) turns += reader.push(record).length;
      records += batch.records.length;
      if (records >= PER_SECOND) before ??= { cpu: process.cpuUsage(), atMs: performance.now() };
      if (records >= PER_SECOND * SECONDS) break;
    }
    const cpu = process.cpuUsage(before?.cpu);
    const tookMs = performance.now() - (before?.atMs ?? 0);
    const percent = (cpu.user + cpu.system) / 10 / tookMs;
    console.log(`${records} records, ${turns} turns: ${percent.toFixed(1)} % of a core`);
    assertEquals(records, PER_SECOND * SECONDS);
    assertLess(percent, 5);
  } finally {
    aborter.abort();
    await writer.status;
    await Deno.remove(path);
  }
});

import { assertEquals, assertLess } from "@std/assert";
import { fileURLToPath } from "node:url";

const PER_SECOND = 1_000;
const SECONDS = 5;

const near = (path: string) => fileURLToPath(new URL(path, import.meta.url));

Deno.test("Tail and a reader take 1,000 records a second for less than 5 % of a core", async () => {
  const path = await Deno.makeTempFile();
  const fixture = near("../agents/testdata/claude-2.1.329/transcript-approval.jsonl");
  const run = (script: string, ...args: (string | number)[]) =>
    new Deno.Command(Deno.execPath(), {
      args: ["run", "--allow-all", "--no-check", near(script), path, ...args.map(String)],
      stdout: "piped",
    }).spawn();
  // A process of its own, and not its first second, which is the compiler's.
  const follower = run("testing/follow_cost.ts", PER_SECOND * SECONDS, PER_SECOND);
  const writer = run("testing/append_records.ts", fixture, PER_SECOND, SECONDS);
  try {
    const [{ stdout }] = await Promise.all([follower.output(), writer.output()]);
    const { records, turns, percent } = JSON.parse(new TextDecoder().decode(stdout)) as {
      records: number;
      turns: number;
      percent: number;
    };
    console.log(`${records} records, ${turns} turns: ${percent.toFixed(1)} % of a core`);
    assertEquals(records, PER_SECOND * SECONDS);
    assertLess(percent, 5);
  } finally {
    await Deno.remove(path);
  }
});

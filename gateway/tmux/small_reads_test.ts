import { assertEquals } from "@std/assert";
import { readText } from "./small_reads.ts";

Deno.test("readText() reads all, whatever the pieces cut through", async () => {
  const child = new Deno.Command("sh", {
    args: ["-c", "i=0; while [ $i -lt 20000 ]; do printf 'ü🙂'; i=$((i+1)); done"],
    stdout: "piped",
  }).spawn();
  assertEquals(await readText(child.stdout), "ü🙂".repeat(20_000));
  await child.status;
});

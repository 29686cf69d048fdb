import { assertEquals } from "@std/assert";
import { LogFile } from "./log_file.ts";

Deno.test("LogFile appends, rotates at its bound, and is its owner's alone", async () => {
  const dir = await Deno.makeTempDir();
  try {
    const path = `${dir}/relay.log`;
    for (const lines of [["one"], ["two", "three", "four"]]) {
      using log = new LogFile(path, 10);
      for (const line of lines) log.write(line);
    }
    assertEquals(await Deno.readTextFile(path), "four\n");
    assertEquals(await Deno.readTextFile(`${path}.1`), "three\n");
    assertEquals(((await Deno.stat(path)).mode ?? 0) & 0o777, 0o600);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
});

import { assertEquals } from "@std/assert";
import { tar } from "./tar.ts";

Deno.test("tar() makes what the system's tar unpacks", async () => {
  const folder = await Deno.makeTempDir({ prefix: "cc-tar-" });
  try {
    const bytes = new TextEncoder().encode("echo hello\n");
    const archive = tar([
      { path: "app/run.sh", bytes, mode: 0o755 },
      { path: "empty", bytes: new Uint8Array(), mode: 0o600 },
      { path: "big", bytes: new Uint8Array(5_000).fill(7), mode: 0o644 },
    ]);
    await Deno.writeFile(`${folder}/a.tar`, archive);
    const { success } = await new Deno.Command("tar", { args: ["-xf", "a.tar"], cwd: folder })
      .output();
    assertEquals(success, true);
    assertEquals(await Deno.readFile(`${folder}/app/run.sh`), bytes);
    assertEquals(((await Deno.stat(`${folder}/app/run.sh`)).mode ?? 0) & 0o777, 0o755);
    assertEquals((await Deno.stat(`${folder}/empty`)).size, 0);
    assertEquals(await Deno.readFile(`${folder}/big`), new Uint8Array(5_000).fill(7));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

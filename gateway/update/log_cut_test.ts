import { assertEquals } from "@std/assert";
import { cutLog } from "./log_cut.ts";

Deno.test("cutLog() keeps one older piece, and the writer goes on at the beginning", async () => {
  const folder = await Deno.makeTempDir({ prefix: "cc-log-" });
  const path = `${folder}/gateway.log`;
  try {
    assertEquals(await cutLog(path, 10), false);
    using writer = await Deno.open(path, { append: true, create: true });
    const write = (text: string) => writer.write(new TextEncoder().encode(text));
    await write("short");
    assertEquals(await cutLog(path, 10), false);
    await write(" and then long");
    assertEquals(await cutLog(path, 10), true);
    await write("new");
    assertEquals(await Deno.readTextFile(path), "new");
    assertEquals(await Deno.readTextFile(`${path}.1`), "short and then long");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

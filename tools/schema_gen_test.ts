import { assertEquals, assertThrows } from "@std/assert";
import { schemas } from "@chatcode/protocol";
import { z } from "zod";
import { findDrift, renderSchemas, writeSchemas } from "./schema_gen.ts";

Deno.test("renderSchemas() sorts keys and keeps the order of lists", () => {
  const files = renderSchemas({ size: z.object({ rows: z.int(), cols: z.enum(["b", "a"]) }) });
  const text = files["size.json"] ?? "";
  const { properties, required, title } = JSON.parse(text);
  assertEquals(Object.keys(properties), ["cols", "rows"]);
  assertEquals([required, properties.cols.enum, title], [["rows", "cols"], ["b", "a"], "size"]);
  assertEquals(text.at(-1), "\n");
});

Deno.test("renderSchemas() names the schema that JSON Schema cannot say", () => {
  const error = assertThrows(() => renderSchemas({ odd: z.bigint() }));
  assertEquals(error.message, 'Cannot write schema "odd" as JSON Schema');
});

Deno.test("writeSchemas() makes the folder hold exactly the files, then has nothing to do", async () => {
  const path = await Deno.makeTempDir();
  try {
    const dir = new URL(`file://${path}/schema/`);
    const first = renderSchemas({ a: z.string(), b: z.string() });
    assertEquals((await findDrift(dir, first)).map(({ state }) => state), ["missing", "missing"]);
    await writeSchemas(dir, first);
    assertEquals(await findDrift(dir, first), []);

    const second = renderSchemas({ a: z.number(), c: z.string() });
    const drift = [
      { file: "a.json", state: "stale" as const },
      { file: "c.json", state: "missing" as const },
      { file: "b.json", state: "orphaned" as const },
    ];
    assertEquals(await findDrift(dir, second), drift);
    assertEquals(await writeSchemas(dir, second), drift);
    assertEquals(await findDrift(dir, second), []);
  } finally {
    await Deno.remove(path, { recursive: true });
  }
});

Deno.test("protocol/schema is current: if not, run `deno task schema`", async () => {
  const dir = new URL("../protocol/schema/", import.meta.url);
  assertEquals(await findDrift(dir, renderSchemas(schemas)), []);
});

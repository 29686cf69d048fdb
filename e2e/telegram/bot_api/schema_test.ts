import { assertEquals } from "@std/assert";
import { generateSchema } from "./schema_gen.ts";
import { METHODS } from "./method_names.ts";
import schema from "./schema.json" with { type: "json" };

Deno.test("schema.json is what grammY's types say now; else run schema_gen.ts", async () => {
  assertEquals(JSON.stringify(await generateSchema()), JSON.stringify(schema));
  assertEquals(Object.keys(schema.properties).sort(), [...METHODS].sort());
});

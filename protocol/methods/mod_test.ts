import { assertEquals } from "@std/assert";
import { methods } from "./mod.ts";

Deno.test("[RQ2] the table in SPEC.md names every method, and which need a key", async () => {
  const spec = await Deno.readTextFile(new URL("../SPEC.md", import.meta.url));
  const rows = [...spec.matchAll(/^\| `([a-z]+\.[a-z-]+)`\s*\|[^|]*\|[^|]*\|([^|]*)\|$/gm)];
  assertEquals(
    Object.fromEntries(rows.map(([, name, key]) => [name!, key!.trim() === "yes"])),
    Object.fromEntries(Object.entries(methods).map(([name, { mutates }]) => [name, mutates])),
  );
});

import { assertEquals } from "@std/assert";

const root = new URL("../", import.meta.url);

Deno.test("docs/configuration.md states each limit as the code does", async () => {
  const page = await Deno.readTextFile(new URL("docs/configuration.md", root));
  const rows = [...page.matchAll(/^\| `([A-Z_]+)` +\| (\d+) +\| `([^`]+)` +\|/gm)];
  assertEquals(rows.length > 30, true);
  for (const [, name, value, file] of rows) {
    const module: Record<string, unknown> = await import(new URL(file!, root).href);
    assertEquals(module[name!], Number(value), `${name} in ${file}`);
  }
});

Deno.test("docs/configuration.md has every limit of the wire", async () => {
  const page = await Deno.readTextFile(new URL("docs/configuration.md", root));
  const limits = await import("../protocol/limits.ts");
  const missing = Object.keys(limits).filter((name) =>
    !page.includes(`\`${name}\``) && !name.endsWith("_PROTOCOL")
  );
  assertEquals(missing, []);
});

import { assertEquals } from "@std/assert";
import { usageRange } from "./usage_range.ts";

const NOW = Date.UTC(2026, 10, 20, 23, 59);
const range = (query: string) => {
  const { from, to } = usageRange(new URL(`https://x.example/usage${query}`), NOW);
  return `${from} ${to}`;
};

Deno.test("a range is what was asked for, if it is one, and never too long", () => {
  assertEquals(range(""), "2026-10-22 2026-11-20");
  assertEquals(range("?from=2026-11-01&to=2026-11-03"), "2026-11-01 2026-11-03");
  assertEquals(range("?to=2026-11-03"), "2026-10-05 2026-11-03");
  assertEquals(range("?from=2026-11-21"), "2026-10-22 2026-11-20");
  assertEquals(range("?from=2026-02-31&to=x"), "2026-10-22 2026-11-20");
  assertEquals(range("?from=9999-99-99"), "2026-10-22 2026-11-20");
  assertEquals(range("?from=2001-01-01"), "2025-10-17 2026-11-20");
});

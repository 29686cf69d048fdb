import { assertEquals } from "@std/assert";
import { tokens } from "./agent_words.ts";

Deno.test("counts of tokens are short, and never round up to a thousand of their unit", () => {
  assertEquals(
    [0, 999, 1_000, 12_345, 999_949, 999_950, 4_100_000, 2_500_000_000].map(tokens),
    ["0", "999", "1.0k", "12.3k", "999.9k", "1.0M", "4.1M", "2.5G"],
  );
});

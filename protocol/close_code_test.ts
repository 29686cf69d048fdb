import { assertEquals } from "@std/assert";
import { CLOSE_CODES, closeName, mayRedial } from "./close_code.ts";

Deno.test("[CL1] the table in SPEC.md is the table in code", async () => {
  const spec = await Deno.readTextFile(new URL("./SPEC.md", import.meta.url));
  const rows = [...spec.matchAll(/^\| (\d{4})\s*\| ([^|]+?)\s*\| (no|by back-off)\s*\|$/gm)];
  assertEquals(
    rows.map(([, code, meaning, redial]) => ({
      code: Number(code),
      redial: redial === "no" ? "no" : "backoff",
      meaning,
    })),
    Object.values(CLOSE_CODES).map(({ code, redial, meaning }) => ({ code, redial, meaning })),
  );
});

Deno.test("[CL2] an unknown code is a fault of the way: dial again", () => {
  assertEquals([1006, 1011, 4999].map(mayRedial), [true, true, true]);
  assertEquals(mayRedial(CLOSE_CODES.revoked.code), false);
});

Deno.test("[CL1] codes are unique, and name their row", () => {
  const codes = Object.values(CLOSE_CODES).map((row) => row.code);
  assertEquals(new Set(codes).size, codes.length);
  assertEquals(codes.map(closeName), Object.keys(CLOSE_CODES) as ReturnType<typeof closeName>[]);
});

import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { Credit, CreditDebt } from "./credit.ts";

Deno.test("[CR2] credit never exceeds the window, whatever is granted", () => {
  const step = fc.oneof(
    fc.nat(500).map((bytes) => ({ do: "grant" as const, bytes })),
    fc.nat(500).map((bytes) => ({ do: "take" as const, bytes })),
  );
  fc.assert(fc.property(fc.array(step), (steps) => {
    const credit = new Credit(300);
    for (const { do: verb, bytes } of steps) {
      if (verb === "grant") credit.grant(bytes);
      else assert(credit.take(bytes) <= bytes);
      assert(credit.left >= 0 && credit.left <= 300);
    }
  }));
});

Deno.test("[CR1] everything consumed is granted in the end, in a few large grants", () => {
  const debt = new CreditDebt(100);
  const grants = Array.from({ length: 50 }, () => debt.consume(30)).filter((grant) => grant > 0);
  assertEquals(grants.every((grant) => grant >= 100 && grant < 130), true);
  assertEquals(grants.length, 12); // 1,500 bytes in steps of 120
});

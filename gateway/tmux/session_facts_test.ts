import { assertEquals, assertMatch } from "@std/assert";
import fc from "fast-check";
import { decodeFacts, encodeFacts, FACT_OPTIONS, type SessionFacts } from "./session_facts.ts";

const KNOWN: SessionFacts = { title: "id", command: [], cwd: "/", createdAtMs: 1 };

Deno.test("facts survive the way through tmux options, whatever the text", () => {
  const text = fc.string({ unit: "grapheme", minLength: 1, maxLength: 50 });
  fc.assert(
    fc.property(text, fc.array(text), text, fc.nat(), (title, command, cwd, createdAtMs) => {
      const options = encodeFacts({ title, command, cwd, createdAtMs });
      for (const value of Object.values(options)) assertMatch(value, /^[A-Za-z0-9_-]*$/);
      const values = FACT_OPTIONS.map((name) => options[name]);
      assertEquals(decodeFacts(values, KNOWN), { title, command, cwd, createdAtMs });
    }),
  );
});

Deno.test("values that were forged or are not there fall back", () => {
  assertEquals(decodeFacts([], KNOWN), KNOWN);
  assertEquals(decodeFacts(["!!", "e30", "\n", "soon"], KNOWN), KNOWN);
  fc.assert(
    fc.property(fc.array(fc.string({ unit: "binary" })), (values) => {
      decodeFacts(values, KNOWN);
    }),
  );
});

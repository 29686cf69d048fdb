import { assertEquals, assertMatch, assertThrows } from "@std/assert";
import { h } from "preact";
import { islandPropsToJson } from "./island_props.ts";

Deno.test("islandPropsToJson() gives back what went in, and never ends a script element", () => {
  const props = {
    text: "</script><script>alert(1)</script><!-- \u2028\u2029 \ud800 \"'&",
    nested: { list: [1, null, true, "two"], __proto: {} },
    missing: undefined,
  };
  const json = islandPropsToJson("Island", props);
  assertMatch(json, /^[^<\u2028\u2029]+$/);
  const { missing: _, ...present } = props;
  assertEquals(JSON.parse(json), present);
});

Deno.test("islandPropsToJson() refuses what JSON would drop or change, and names it", () => {
  const values = [
    () => {},
    Symbol("s"),
    1n,
    NaN,
    Infinity,
    new Date(0),
    new Map(),
    new Set(),
    h("p", {}),
  ];
  for (const value of values) {
    for (const wrapped of [value, [value], { deep: value }]) {
      assertThrows(() => islandPropsToJson("Terminal", { wrapped }), TypeError, '"Terminal"');
    }
  }
  assertThrows(() => islandPropsToJson("Terminal", { list: [undefined] }), TypeError, '"0"');
});

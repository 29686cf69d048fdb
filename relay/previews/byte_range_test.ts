import { assertEquals } from "@std/assert";
import { isUnchanged, parseRange, rangeStillFits } from "./byte_range.ts";

Deno.test("[PV2] a Range header's first range, or none", () => {
  const cases: [string | null, unknown][] = [
    [null, { state: "none" }],
    ["bytes=0-99", { state: "range", range: { start: 0, end: 100 } }],
    ["bytes=100-", { state: "range", range: { start: 100 } }],
    ["bytes=-500", { state: "range", range: { last: 500 } }],
    ["bytes=-0", { state: "bad" }],
    ["bytes=9-5", { state: "none" }],
    ["bytes=-", { state: "none" }],
    ["bytes=0-1,5-6", { state: "none" }],
    ["lines=1-2", { state: "none" }],
    ["bytes=99999999999999999999-", { state: "none" }],
  ];
  for (const [header, wanted] of cases) assertEquals(parseRange(header), wanted, String(header));
});

Deno.test("[PV2] conditions are judged by tag first, then by date", () => {
  const atMs = Date.parse("Fri, 20 Nov 2026 10:00:00 GMT");
  const headers = (more: Record<string, string>) => new Headers(more);
  const date = "Fri, 20 Nov 2026 10:00:00 GMT";
  assertEquals(isUnchanged(headers({ "if-none-match": '"a", W/"b"' }), '"b"', atMs), true);
  assertEquals(isUnchanged(headers({ "if-none-match": "*" }), '"b"', atMs), true);
  assertEquals(
    isUnchanged(headers({ "if-none-match": '"a"', "if-modified-since": date }), '"b"', atMs),
    false,
  );
  assertEquals(isUnchanged(headers({ "if-modified-since": date }), '"b"', atMs + 999), true);
  assertEquals(isUnchanged(headers({ "if-modified-since": date }), '"b"', atMs + 1_000), false);
  assertEquals(isUnchanged(headers({ "if-modified-since": "yesterday" }), '"b"', atMs), false);
  assertEquals(rangeStillFits(headers({ "if-range": '"b"' }), '"b"', atMs), true);
  assertEquals(rangeStillFits(headers({ "if-range": 'W/"b"' }), '"b"', atMs), false);
  assertEquals(rangeStillFits(headers({ "if-range": date }), '"b"', atMs), true);
  assertEquals(rangeStillFits(headers({}), '"b"', atMs), true);
});

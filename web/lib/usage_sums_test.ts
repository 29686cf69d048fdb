import { assertEquals } from "@std/assert";
import type { HostId, SessionId, UsageRow } from "@chatcode/protocol";
import { daysBetween, niceCeiling, sumsBy, usageCsv, usageDays } from "./usage_sums.ts";

const row = (day: string, agent: UsageRow["agent"], output: number, model = "m"): UsageRow => ({
  day,
  host: "box" as HostId,
  session: "one" as SessionId,
  agent,
  model,
  input: 10,
  cachedInput: 100,
  output,
  answers: 1,
});

Deno.test("every day of the range is there, over the end of a month and of summer time", () => {
  assertEquals(daysBetween({ from: "2026-10-24", to: "2026-10-26" }), [
    "2026-10-24",
    "2026-10-25",
    "2026-10-26",
  ]);
  assertEquals(daysBetween({ from: "2028-02-28", to: "2028-03-01" }).length, 3);
  const days = usageDays([row("2026-11-19", "codex", 5), row("2026-11-19", "codex", 7)], {
    from: "2026-11-18",
    to: "2026-11-20",
  });
  assertEquals(days.map(({ agents }) => agents.get("codex")?.output), [undefined, 12, undefined]);
});

Deno.test("sums have all numbers, the largest output first", () => {
  const rows = [row("2026-11-19", "codex", 5), row("2026-11-20", "claude", 7)];
  assertEquals([...sumsBy(rows, ({ agent }) => agent)], [
    ["claude", { input: 10, cachedInput: 100, output: 7, answers: 1 }],
    ["codex", { input: 10, cachedInput: 100, output: 5, answers: 1 }],
  ]);
});

Deno.test("the scale ends at a round number", () => {
  assertEquals([0, 1, 3, 20, 21, 4_999, 5_001].map(niceCeiling), [1, 1, 5, 20, 25, 5_000, 10_000]);
});

Deno.test("CSV is quoted where it must be, and no cell is a formula", () => {
  assertEquals(
    usageCsv([row("2026-11-20", "claude", 7, '=cmd|"x",1')]),
    "day,host,session,agent,model,input,cachedInput,output,answers\r\n" +
      `2026-11-20,box,one,claude,"'=cmd|""x"",1",10,100,7,1\r\n`,
  );
});

import type { AgentId, UsageRow } from "@chatcode/protocol";

export interface UsageSum {
  readonly input: number;
  readonly cachedInput: number;
  readonly output: number;
  readonly answers: number;
}

export const NO_USAGE: UsageSum = { input: 0, cachedInput: 0, output: 0, answers: 0 };

export interface UsageDay {
  readonly day: string;
  readonly agents: ReadonlyMap<AgentId, UsageSum>;
}

/** The agents of some days, in the order in which they are named and stacked. */
export function agentsOf(days: readonly UsageDay[]): AgentId[] {
  return [...new Set(days.flatMap(({ agents }) => [...agents.keys()]))].sort();
}

/** What the plot shows of it: what was new to the model, and what it wrote. */
export function fresh({ input, output }: UsageSum): number {
  return input + output;
}

export function add(a: UsageSum, b: UsageSum): UsageSum {
  return {
    input: a.input + b.input,
    cachedInput: a.cachedInput + b.cachedInput,
    output: a.output + b.output,
    answers: a.answers + b.answers,
  };
}

/** Sums by what `name` gives, the largest output first. */
export function sumsBy<K extends string>(
  rows: readonly UsageRow[],
  name: (row: UsageRow) => K,
): Map<K, UsageSum> {
  const sums = new Map<K, UsageSum>();
  for (const row of rows) sums.set(name(row), add(sums.get(name(row)) ?? NO_USAGE, row));
  return new Map([...sums].sort(([, a], [, b]) => b.output - a.output));
}

/** Every day from `from` to `to`, those without usage too. */
export function usageDays(
  rows: readonly UsageRow[],
  range: { from: string; to: string },
): UsageDay[] {
  return daysBetween(range).map((day) => ({
    day,
    agents: sumsBy(rows.filter((row) => row.day === day), ({ agent }) => agent),
  }));
}

/** The day `days` after `day`, as 2026-11-20; before it if negative. */
export function daysAfter(day: string, days: number): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10);
}

export function daysBetween({ from, to }: { from: string; to: string }): string[] {
  const days: string[] = [];
  for (let day = from; day <= to; day = daysAfter(day, 1)) days.push(day);
  return days;
}

/** A round number not below `value`: 1, 2, 2.5 or 5 with zeros. */
export function niceCeiling(value: number): number {
  if (value <= 0) return 1;
  const unit = 10 ** Math.floor(Math.log10(value));
  return ([1, 2, 2.5, 5, 10].find((step) => step * unit >= value) ?? 10) * unit;
}

/** The rows as CSV (RFC 4180), with a line of names. */
export function usageCsv(rows: readonly UsageRow[]): string {
  const names = [
    "day",
    "host",
    "session",
    "agent",
    "model",
    "input",
    "cachedInput",
    "output",
    "answers",
  ] as const;
  const lines = rows.map((row) => names.map((name) => csvCell(row[name])).join(","));
  return [names.join(","), ...lines].map((line) => `${line}\r\n`).join("");
}

/** A text that a spreadsheet would take for a formula gets an apostrophe in front. */
function csvCell(value: string | number): string {
  const text = typeof value === "string" && /^[=+\-@\t\r]/.test(value) ? `'${value}` : `${value}`;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

import { day } from "@chatcode/protocol";
import { daysAfter } from "./lib/usage_sums.ts";

/** What the relay sums up at once, in days. */
const MAX_DAYS = 400;
/** Shown when nothing was chosen, in days. */
const DEFAULT_DAYS = 30;

/** The days that an address asks for, both included; else the last thirty. UTC. */
export function usageRange(url: URL, nowMs = Date.now()): { from: string; to: string } {
  const today = new Date(nowMs).toISOString().slice(0, 10);
  const to = realDay(url.searchParams.get("to")) ?? today;
  const from = realDay(url.searchParams.get("from")) ?? daysAfter(to, 1 - DEFAULT_DAYS);
  if (from > to) return { from: daysAfter(to, 1 - DEFAULT_DAYS), to };
  const oldest = daysAfter(to, 1 - MAX_DAYS);
  return { from: from < oldest ? oldest : from, to };
}

/** 2026-02-31 looks like a day and is none. */
function realDay(text: string | null): string | undefined {
  const parsed = day.safeParse(text);
  if (!parsed.success) return undefined;
  const ms = Date.parse(`${parsed.data}T00:00:00Z`);
  return !Number.isNaN(ms) && daysAfter(parsed.data, 0) === parsed.data ? parsed.data : undefined;
}

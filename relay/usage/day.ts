const DAY_MS = 24 * 3600_000;

/** The UTC day of a time, as 2026-11-20. */
export function dayOf(atMs: number): string {
  return new Date(atMs).toISOString().slice(0, 10);
}

/** The first millisecond of a day; `undefined` if the calendar has no such day. */
export function startOfDay(day: string): number | undefined {
  const atMs = Date.parse(`${day}T00:00:00Z`);
  return Number.isNaN(atMs) || dayOf(atMs) !== day ? undefined : atMs;
}

export function addDays(day: string, days: number): string {
  return dayOf((startOfDay(day) ?? NaN) + days * DAY_MS);
}

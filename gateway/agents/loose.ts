/** Access to records whose shape may drift: what is not as expected reads as empty. */
export type Loose = Readonly<Record<string, unknown>>;

const EMPTY: Loose = Object.freeze({});

export function isLoose(value: unknown): value is Loose {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function loose(value: unknown): Loose {
  return isLoose(value) ? value : EMPTY;
}

export function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** More than that is no count of anything here; sums of a few stay exact. */
const MAX_COUNT = 1e12;
/** The last moment that a date can tell. */
const MAX_TIME_MS = 8.64e15;

/** A count of tokens, lines or the like: never negative, never a fraction. */
export function countOf(value: unknown): number {
  return typeof value === "number" && Number.isInteger(value) && value > 0 && value <= MAX_COUNT
    ? value
    : 0;
}

/** Milliseconds since the epoch, from such a number or an ISO date; 0 when it is neither. */
export function timeOf(value: unknown): number {
  const ms = typeof value === "string" ? Date.parse(value) : value;
  return typeof ms === "number" && ms > 0 && ms <= MAX_TIME_MS ? Math.floor(ms) : 0;
}

/** The value as JSON, or as nothing when it is neither an object nor an array. */
export function parseLoose(json: unknown): Loose {
  if (isLoose(json)) return json;
  if (typeof json !== "string") return EMPTY;
  try {
    return loose(JSON.parse(json));
  } catch {
    return EMPTY;
  }
}

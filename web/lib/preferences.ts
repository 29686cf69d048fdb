import * as z from "zod";
import { type Observable, Source } from "./observable.ts";

/** What a person chose for this browser. */
export interface Preferences {
  readonly theme: "system" | "light" | "dark";
  /** Of the terminal, in CSS pixels. */
  readonly fontSize: number;
  /** Gives screen readers the terminal's text, at some cost in speed. */
  readonly screenReader: boolean;
}

export const FONT_SIZES = { min: 8, max: 28, default: 14 } as const;

const KEY = "chatcode.preferences"; // static/early.js reads it too
const stored = z.object({
  theme: z.enum(["system", "light", "dark"]).catch("system"),
  fontSize: z.int().min(FONT_SIZES.min).max(FONT_SIZES.max).catch(FONT_SIZES.default),
  screenReader: z.boolean().catch(false),
});

let source: Source<Preferences> | undefined;

/** This browser's preferences, the same object everywhere in the tab. Browser only. */
export function preferences(): Observable<Preferences> {
  return opened();
}

/** Applies at once, here and in the browser's other tabs. */
export function setPreferences(change: Partial<Preferences>): void {
  const preferences = { ...opened().value, ...change };
  try {
    localStorage.setItem(KEY, JSON.stringify(preferences));
  } catch {
    // Full or forbidden: it still holds for this page.
  }
  apply(preferences);
}

function opened(): Source<Preferences> {
  if (source !== undefined) return source;
  source = new Source(read());
  addEventListener("storage", (event) => event.key === KEY && apply(read()));
  return source;
}

function apply(preferences: Preferences): void {
  const { theme } = preferences;
  if (theme === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  if (source !== undefined) source.value = preferences;
}

function read(): Preferences {
  let json: unknown = {};
  try {
    json = JSON.parse(localStorage.getItem(KEY) ?? "{}");
  } catch {
    // Damaged or forbidden: the defaults.
  }
  const parsed = stored.safeParse(json);
  return parsed.success ? parsed.data : stored.parse({});
}

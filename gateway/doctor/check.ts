/** One finding about this machine. */
export interface Check {
  readonly name: string;
  readonly state: "ok" | "warn" | "fail";
  /** What was found. */
  readonly text: string;
  /** What to do about it; with every warning and failure. */
  readonly mend?: string;
}

export const ok = (name: string, text: string): Check => ({ name, state: "ok", text });
export const warn = (name: string, text: string, mend: string): Check => (
  { name, state: "warn", text, mend }
);
export const fail = (name: string, text: string, mend: string): Check => (
  { name, state: "fail", text, mend }
);

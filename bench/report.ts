/** What the bench measures: the keys of its JSON line, and the aim where there is one. */
export interface Figures {
  readonly echo_p50_ms: number;
  readonly echo_p99_ms: number;
  readonly flood_p50_ms: number;
  readonly flood_p99_ms: number;
  readonly bulk_mb_s: number;
  readonly cpu_s_per_100mb: number;
  readonly rss_idle_mb: number;
  readonly rss_50_sessions_mb: number;
  /** null where nothing has to connect to anything. */
  readonly accepted_ms: number | null;
}

interface Row {
  readonly key: keyof Figures;
  readonly about: string;
  readonly aim?: { readonly limit: number; readonly better: "less" | "more" };
}

const ROWS: readonly Row[] = [
  { key: "echo_p50_ms", about: "echo of a key, idle, p50", aim: { limit: 1.0, better: "less" } },
  { key: "echo_p99_ms", about: "echo of a key, idle, p99" },
  {
    key: "flood_p50_ms",
    about: "echo while another floods, p50",
    aim: { limit: 1.8, better: "less" },
  },
  { key: "flood_p99_ms", about: "echo while another floods, p99" },
  { key: "bulk_mb_s", about: "output of a session, MB/s", aim: { limit: 15, better: "more" } },
  { key: "cpu_s_per_100mb", about: "CPU time for 100 MB, s" },
  { key: "rss_idle_mb", about: "memory idle, MB" },
  {
    key: "rss_50_sessions_mb",
    about: "memory at 50 sessions, MB",
    aim: { limit: 140, better: "less" },
  },
  { key: "accepted_ms", about: "gateway run to accepted, ms" },
];

/** One JSON object on one line, with exactly the keys of `Figures`. */
export function jsonLine(figures: Figures): string {
  return JSON.stringify(Object.fromEntries(ROWS.map(({ key }) => [key, rounded(figures[key])])));
}

/** For people: each figure, its aim, and how far it is from it (1.00 = met exactly, less = worse). */
export function table(name: string, figures: Figures): string {
  const lines = ROWS.map(({ key, about, aim }) => {
    const value = figures[key];
    const shown = value === null ? "-" : String(rounded(value));
    const cells = [about.padEnd(34), shown.padStart(9)];
    if (aim !== undefined && value !== null) {
      const ratio = aim.better === "less" ? aim.limit / value : value / aim.limit;
      const sign = aim.better === "less" ? "<=" : ">=";
      cells.push(`   aim ${sign} ${aim.limit}`.padEnd(16), `${ratio.toFixed(2)}x`);
      cells.push(ratio >= 1 ? "met" : "MISSED");
    }
    return cells.join(" ").trimEnd();
  });
  return [name, ...lines].join("\n");
}

function rounded(value: number | null): number | null {
  return value === null ? null : Math.round(value * 100) / 100;
}

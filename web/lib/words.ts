import type { HostLoad, SessionStatus } from "@chatcode/protocol";

/** "now", "5 min ago", "3 h ago", "2 days ago"; a date beyond a month. */
export function ago(atMs: number, nowMs: number): string {
  const minutes = Math.floor(Math.max(0, nowMs - atMs) / 60_000);
  if (minutes < 1) return "now";
  if (minutes < 60) return `${minutes} min ago`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return `${hours} h ago`;
  const days = Math.floor(hours / 24);
  if (days <= 30) return days === 1 ? "yesterday" : `${days} days ago`;
  return date(atMs);
}

/** The day, the same for servers and browsers wherever they are. */
export function date(atMs: number): string {
  return new Date(atMs).toISOString().slice(0, 10);
}

/** Day and minute, UTC. */
export function dateTime(atMs: number): string {
  return new Date(atMs).toISOString().slice(0, 16).replace("T", " ") + " UTC";
}

/** "0:07", "12:30". */
export function duration(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

export function milliseconds(ms: number | undefined): string {
  if (ms === undefined) return "–";
  return ms < 1 ? "<1 ms" : `${Math.round(ms)} ms`;
}

/** "812 B", "3.4 KB", "12 MB", "1.1 GB". */
export function fileSize(bytes: number): string {
  const units = ["B", "KB", "MB", "GB", "TB"];
  let [amount, unit] = [bytes, 0];
  while (amount >= 999.5 && unit < units.length - 1) {
    amount /= 1024;
    unit += 1;
  }
  return `${amount.toFixed(unit > 0 && amount < 9.95 ? 1 : 0)} ${units[unit]}`;
}

export function gigabytes(bytes: number): string {
  return (bytes / 2 ** 30).toFixed(bytes < 10 * 2 ** 30 ? 1 : 0);
}

/** "0.42 on 8 cores · 3.1 of 16 GB". */
export function loadInWords(load: HostLoad): string {
  const cores = load.cores === 1 ? "1 core" : `${load.cores} cores`;
  const memory = `${gigabytes(load.memoryUsedBytes)} of ${gigabytes(load.memoryTotalBytes)} GB`;
  return `${load.average[0].toFixed(2)} on ${cores} · ${memory}`;
}

export const STATUS_WORDS: Readonly<Record<SessionStatus, string>> = {
  starting: "Starting",
  working: "Working",
  waiting: "Waiting for you",
  idle: "Idle",
  ended: "Ended",
  lost: "Lost",
};

/** A browser's name and system out of its user agent: enough to tell one's devices apart. */
export function deviceName(userAgent: string): string {
  const browser = [
    [/Edg\//, "Edge"],
    [/OPR\//, "Opera"],
    [/Firefox\//, "Firefox"],
    [/Chrom(e|ium)\//, "Chrome"],
    [/Safari\//, "Safari"],
  ] as const;
  const system = [
    [/iPhone/, "iPhone"],
    [/iPad/, "iPad"],
    [/Android/, "Android"],
    [/Windows/, "Windows"],
    [/Mac OS X/, "macOS"],
    [/CrOS/, "ChromeOS"],
    [/Linux/, "Linux"],
  ] as const;
  const first = (table: readonly (readonly [RegExp, string])[]) =>
    table.find(([pattern]) => pattern.test(userAgent))?.[1];
  const names = [first(browser), first(system)].filter((name) => name !== undefined);
  return names.length === 0 ? "Unknown browser" : names.join(" on ");
}

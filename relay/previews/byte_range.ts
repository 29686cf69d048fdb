import type { FileRange } from "../files/download.ts";

/** What a request wants of a file. `none`: all of it; `bad`: a range that makes no sense. */
export type WantedRange = { state: "none" } | { state: "bad" } | {
  state: "range";
  range: FileRange;
};

/**
 * The first range of a `Range` header, since several at once would be another format. RFC 9110,
 * section 14. A unit or form that is not understood is as if it were not there.
 */
export function parseRange(header: string | null): WantedRange {
  const match = /^\s*bytes\s*=\s*(\d{0,15})\s*-\s*(\d{0,15})\s*$/i.exec(header ?? "");
  const [, first = "", last = ""] = match ?? [];
  if (match === null || (first === "" && last === "")) return { state: "none" };
  if (first === "") {
    const bytes = Number(last);
    return bytes === 0 ? { state: "bad" } : { state: "range", range: { last: bytes } };
  }
  const start = Number(first);
  if (last === "") return { state: "range", range: { start } };
  const end = Number(last) + 1;
  return end <= start ? { state: "none" } : { state: "range", range: { start, end } };
}

/** Whether a cached copy with this `etag` and date is still the file. RFC 9110, section 13. */
export function isUnchanged(headers: Headers, etag: string, modifiedAtMs: number): boolean {
  const tags = headers.get("if-none-match");
  if (tags !== null) {
    return tags.split(",").some((tag) => {
      const plain = tag.trim().replace(/^W\//, "");
      return plain === "*" || plain === etag;
    });
  }
  const since = Date.parse(headers.get("if-modified-since") ?? "");
  return !Number.isNaN(since) && Math.floor(modifiedAtMs / 1000) * 1000 <= since;
}

/** Whether a range of the file may be sent, or only all of it, as it was changed meanwhile. */
export function rangeStillFits(headers: Headers, etag: string, modifiedAtMs: number): boolean {
  const condition = headers.get("if-range");
  if (condition === null) return true;
  if (condition.includes('"')) return condition.trim() === etag;
  return Date.parse(condition) === Math.floor(modifiedAtMs / 1000) * 1000;
}

import type { FileRange, OpenedFile } from "../files/download.ts";
import { isUnchanged, parseRange, rangeStillFits } from "./byte_range.ts";

/** Opens the file anew, or a part of it. */
export type OpenRange = (range?: FileRange) => Promise<OpenedFile>;

/** The bytes of a file, or of the part asked for, with `headers`. SPEC [PV2]. */
export async function rawResponse(
  req: Request,
  open: OpenRange,
  headersOf: (file: OpenedFile) => Headers,
): Promise<Response> {
  const wanted = parseRange(req.headers.get("range"));
  const first = await open(wanted.state === "range" ? wanted.range : {});
  const etag = `"${first.facts.version}"`;
  const { modifiedAtMs, size } = first.facts;
  const headers = headersOf(first);
  headers.set("etag", etag);
  headers.set("last-modified", new Date(modifiedAtMs).toUTCString());
  headers.set("accept-ranges", "bytes");
  if (isUnchanged(req.headers, etag, modifiedAtMs)) {
    first.cancel();
    return new Response(null, { status: 304, headers });
  }
  const isPart = wanted.state !== "none" && rangeStillFits(req.headers, etag, modifiedAtMs);
  if (isPart && (wanted.state === "bad" || first.facts.start === first.facts.end)) {
    first.cancel();
    headers.set("content-range", `bytes */${size}`);
    return new Response(null, { status: 416, headers });
  }
  let file = first;
  if (wanted.state === "range" && !isPart) {
    first.cancel();
    file = await open();
    headers.set("etag", `"${file.facts.version}"`);
  }
  const { start, end } = file.facts;
  headers.set("content-length", String(end - start));
  if (isPart) headers.set("content-range", `bytes ${start}-${end - 1}/${file.facts.size}`);
  const status = isPart ? 206 : 200;
  if (req.method !== "HEAD") return new Response(file.body, { status, headers });
  file.cancel();
  return new Response(null, { status, headers });
}

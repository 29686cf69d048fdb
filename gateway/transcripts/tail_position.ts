import { createHash } from "node:crypto";
import { MAX_LINE_BYTES } from "./json_lines.ts";

/** A place in a transcript, to go on from after a restart. */
export interface TailPosition {
  /** In bytes; a line begins here. */
  readonly offset: number;
  /** Of the bytes before it: tells whether the file is still the one that was read. */
  readonly check: string;
}

/** Bytes before an offset that must still be there: longer than what lines end with in common. */
export const CHECK_BYTES = 1024;
const CHUNK_BYTES = 64 * 1024;

/** The position at `offset` of the file at `path`. @throws what the file system says */
export async function positionAt(path: string, offset: number): Promise<TailPosition> {
  using file = await Deno.open(path);
  return { offset, check: await checkAt(file, offset) };
}

/** Whether the file still has the bytes that `position` was taken behind. */
export async function holds(file: Deno.FsFile, position: TailPosition): Promise<boolean> {
  const { size } = await file.stat();
  return size >= position.offset && await checkAt(file, position.offset) === position.check;
}

/** The end of the last whole line; `midLine` when that lies further back than a line may be long. */
export async function lastLineEnd(
  file: Deno.FsFile,
  maxLineBytes = MAX_LINE_BYTES,
): Promise<{ offset: number; midLine: boolean }> {
  const { size } = await file.stat();
  const buffer = new Uint8Array(CHUNK_BYTES);
  for (let end = size; end > 0 && size - end <= maxLineBytes;) {
    const from = Math.max(0, end - CHUNK_BYTES);
    const bytes = buffer.subarray(0, await readFully(file, from, buffer.subarray(0, end - from)));
    const at = bytes.lastIndexOf(10);
    if (at >= 0) return { offset: from + at + 1, midLine: false };
    end = from;
  }
  return size <= maxLineBytes ? { offset: 0, midLine: false } : { offset: size, midLine: true };
}

/** Fills `into` with the bytes at `offset`; fewer only at the file's end. Gives their number. */
export async function readFully(
  file: Deno.FsFile,
  offset: number,
  into: Uint8Array,
): Promise<number> {
  // Moves a number in the kernel: nothing to wait for.
  file.seekSync(offset, Deno.SeekMode.Start);
  let bytes = 0;
  while (bytes < into.length) {
    const more = await file.read(into.subarray(bytes));
    if (more === null) break;
    bytes += more;
  }
  return bytes;
}

async function checkAt(file: Deno.FsFile, offset: number): Promise<string> {
  const from = Math.max(0, offset - CHECK_BYTES);
  const bytes = new Uint8Array(offset - from);
  const read = await readFully(file, from, bytes);
  return createHash("sha1").update(bytes.subarray(0, read)).digest("base64url");
}

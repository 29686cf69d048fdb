import type { Turn } from "@chatcode/protocol";
import type { TranscriptReader } from "../agents/transcript_reader.ts";
import { JsonLines, MAX_LINE_BYTES } from "./json_lines.ts";
import { lastLineEnd, positionAt, readFully, type TailPosition } from "./tail_position.ts";

export interface LastTurnsOptions {
  readonly newReader: () => TranscriptReader;
  readonly turns: number;
  /** Reads at most about so much, in bytes. Default: 16 MiB. */
  readonly maxBytes?: number;
}

export interface LastTurns {
  /** Oldest first, each once. */
  readonly turns: Turn[];
  /** Has read up to `position`: it goes on with what comes behind. */
  readonly reader: TranscriptReader;
  readonly position: TailPosition;
  /** Whether older turns exist that were not asked for, or lie too far back. */
  readonly hasMore: boolean;
}

const FIRST_WINDOW_BYTES = 256 * 1024;
const MAX_BYTES = 16 * 1024 * 1024;
const CHUNK_BYTES = 64 * 1024;

/**
 * The last turns of a JSONL transcript, read from its end in growing windows; its first line, which
 * may tell id and folder, is read too. Memory is bounded by the turns asked for and one line.
 * @throws what the file system says
 */
export async function readLastTurns(path: string, options: LastTurnsOptions): Promise<LastTurns> {
  const { newReader, turns: wanted, maxBytes = MAX_BYTES } = options;
  using file = await Deno.open(path);
  const { offset: end } = await lastLineEnd(file);
  for (let window = FIRST_WINDOW_BYTES;; window *= 4) {
    const start = Math.max(0, end - Math.min(window, maxBytes));
    const reader = newReader();
    const told = new Map<string, Turn>();
    const limit = 4 * wanted;
    let forgotten = false;
    const take = (turns: readonly Turn[]) => {
      for (const turn of turns) told.set(turn.id, turn);
      for (const oldest of told.keys()) {
        if (told.size <= limit) break;
        told.delete(oldest);
        forgotten = true;
      }
    };
    if (start > 0) reader.push(await firstRecord(file));
    await readRange(file, start, end, (record) => take(reader.push(record)));
    if (told.size >= wanted || start === 0 || window >= maxBytes) {
      const turns = [...told.values()].slice(-wanted);
      const hasMore = start > 0 || forgotten || told.size > turns.length;
      return { turns, reader, position: await positionAt(path, end), hasMore };
    }
  }
}

async function readRange(
  file: Deno.FsFile,
  start: number,
  end: number,
  take: (record: unknown) => void,
): Promise<void> {
  // Begin a byte early: whether a line begins at `start` is told by what stands before it.
  const from = Math.max(0, start - 1);
  const lines = new JsonLines({ offset: from, midLine: start > 0 });
  const buffer = new Uint8Array(CHUNK_BYTES);
  while (lines.nextOffset < end) {
    const chunk = buffer.subarray(0, Math.min(buffer.length, end - lines.nextOffset));
    const bytes = await readFully(file, lines.nextOffset, chunk);
    for (const { record } of lines.push(chunk.subarray(0, bytes))) take(record);
    if (bytes < chunk.length) return;
  }
}

async function firstRecord(file: Deno.FsFile): Promise<unknown> {
  const lines = new JsonLines();
  const buffer = new Uint8Array(CHUNK_BYTES);
  while (lines.nextOffset < MAX_LINE_BYTES) {
    const bytes = await readFully(file, lines.nextOffset, buffer);
    const [first] = lines.push(buffer.subarray(0, bytes));
    if (first !== undefined) return first.record;
    if (bytes < buffer.length) return undefined;
  }
  return undefined;
}

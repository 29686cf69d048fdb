import type { TranscriptFiles } from "../agents/transcript_place.ts";

export interface FoundTranscript {
  readonly path: string;
  readonly modifiedAtMs: number;
}

/** Folders that are looked into; a place that holds more is not searched to its end. */
const MAX_FOLDERS = 20_000;

/**
 * The transcript files of a place, newest first; with `conversation`, those that may be its own. A
 * folder that cannot be read counts as empty.
 */
export async function findTranscripts(
  place: TranscriptFiles,
  conversation?: string,
): Promise<FoundTranscript[]> {
  const found: FoundTranscript[] = [];
  const folders: { path: string; depth: number }[] = [{ path: "", depth: 0 }];
  for (let at = 0; at < Math.min(folders.length, MAX_FOLDERS); at++) {
    const { path: folder, depth } = folders[at] ?? { path: "", depth: 0 };
    for (const entry of await entriesOf(`${place.root}/${folder}`)) {
      const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
      if (entry.isDirectory && depth < place.depth) folders.push({ path, depth: depth + 1 });
      if (!entry.isFile || !place.matches(path, conversation)) continue;
      const whole = `${place.root}/${path}`;
      found.push({ path: whole, modifiedAtMs: await modifiedAt(whole) });
    }
  }
  return found.sort((a, b) => b.modifiedAtMs - a.modifiedAtMs);
}

async function entriesOf(folder: string): Promise<Deno.DirEntry[]> {
  try {
    return await Array.fromAsync(Deno.readDir(folder));
  } catch {
    return [];
  }
}

async function modifiedAt(path: string): Promise<number> {
  try {
    return (await Deno.stat(path)).mtime?.getTime() ?? 0;
  } catch {
    return 0;
  }
}

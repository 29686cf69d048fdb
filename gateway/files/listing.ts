import {
  type FolderEntry,
  MAX_LISTED_BYTES,
  MAX_LISTED_ENTRIES,
  type MethodResult,
} from "@chatcode/protocol";
import { type Found, type Jail, notAllowed, notFound } from "./jail.ts";

/** Names read of one folder, so that a huge one costs no more. */
const MAX_NAMES = 20_000;
/** Entries looked at together. */
const BATCH = 64;

/**
 * What is in a folder. SPEC [FI2].
 * @throws ProtocolError FILE_NOT_FOUND, FILE_NOT_ALLOWED
 */
export async function listFolder(
  jail: Jail,
  path: string,
  base?: string,
): Promise<MethodResult<"files.list">> {
  using found = await jail.find(path, base);
  if (!found.stat.isDirectory) throw notFound("it is no folder");
  const { names, more } = await readNames(found);
  const shown = names.filter((name) => jail.mayRead(`${found.path}/${name}`));
  const entries: FolderEntry[] = [];
  for (let at = 0; at < shown.length; at += BATCH) {
    const batch = shown.slice(at, at + BATCH).map((name) => entryOf(found, name));
    for (const entry of await Promise.all(batch)) if (entry) entries.push(entry);
  }
  entries.sort((a, b) => rank(a) - rank(b) || (a.name < b.name ? -1 : 1));
  const listed = fitting(entries);
  const parent = found.path.slice(0, found.path.lastIndexOf("/")) || "/";
  return {
    path: found.path,
    ...(jail.mayRead(parent) && { parent }),
    entries: listed,
    truncated: more || listed.length < entries.length,
  };
}

async function readNames(found: Found): Promise<{ names: string[]; more: boolean }> {
  const names: string[] = [];
  try {
    for await (const { name } of Deno.readDir(found.at)) {
      if (names.length >= MAX_NAMES) return { names, more: true };
      if (!name.includes("\ufffd")) names.push(name); // no UTF-8: there is no way to ask for it
    }
  } catch (cause) {
    throw notAllowed("no permission to list it", cause);
  }
  return { names, more: false };
}

async function entryOf(folder: Found, name: string): Promise<FolderEntry | undefined> {
  const stat = await Deno.lstat(`${folder.at}/${name}`).catch(() => undefined); // gone meanwhile
  return stat && {
    name,
    kind: stat.isFile ? "file" : stat.isDirectory ? "folder" : stat.isSymlink ? "link" : "other",
    size: stat.isFile ? stat.size : 0,
    modifiedAtMs: Math.max(0, stat.mtime?.getTime() ?? 0),
  };
}

const rank = ({ kind }: FolderEntry) => kind === "folder" ? 0 : 1;

function fitting(entries: readonly FolderEntry[]): FolderEntry[] {
  let bytes = 0;
  const listed: FolderEntry[] = [];
  const encoder = new TextEncoder();
  for (const entry of entries.slice(0, MAX_LISTED_ENTRIES)) {
    bytes += encoder.encode(JSON.stringify(entry)).length + 1;
    if (bytes > MAX_LISTED_BYTES) break;
    listed.push(entry);
  }
  return listed;
}

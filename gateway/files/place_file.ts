import { ProtocolError } from "@chatcode/protocol";
import type { Found } from "./jail.ts";
import { namesLike } from "./upload_name.ts";

/**
 * Gives a whole part file its name, or the first free one like it, and has that on the disk when it
 * resolves. No file is ever overwritten, whoever else makes one at the same moment. Done twice, it
 * finds what it did. SPEC [FI8].
 * @throws ProtocolError LIMIT_REACHED if a thousand names are taken
 */
export async function placeFile(folder: Found, part: string, wanted: string): Promise<string> {
  const from = `${folder.at}/${part}`;
  for (const name of namesLike(wanted)) {
    const to = `${folder.at}/${name}`;
    if (!await claim(from, to)) continue;
    using opened = await Deno.open(folder.at, { read: true });
    await opened.sync();
    return name;
  }
  throw new ProtocolError("LIMIT_REACHED", "Cannot name the file: all names like it are taken");
}

/** @returns whether the name is the file's now */
async function claim(from: string, to: string): Promise<boolean> {
  try {
    await Deno.link(from, to); // fails if the name exists, at once and for sure
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.AlreadyExists) return await isSame(from, to);
  }
  // A file system without hard links: the name is claimed by an empty file, then replaced by ours.
  try {
    (await Deno.open(to, { write: true, createNew: true })).close();
  } catch (error) {
    if (error instanceof Deno.errors.AlreadyExists) return false;
    throw error;
  }
  await Deno.rename(from, to);
  return true;
}

/** An earlier try came so far. */
async function isSame(from: string, to: string): Promise<boolean> {
  const [part, file] = await Promise.all([Deno.lstat(from), Deno.lstat(to)]);
  return part.ino !== null && part.ino === file.ino && part.dev === file.dev;
}

import { mediaTypeOf } from "./media_type.ts";

/** What is told of a file or folder. */
export function factsOf(path: string, stat: Deno.FileInfo) {
  const name = path.slice(path.lastIndexOf("/") + 1);
  return {
    path,
    name,
    size: stat.size,
    modifiedAtMs: Math.max(0, stat.mtime?.getTime() ?? 0),
    mediaType: stat.isDirectory ? "inode/directory" : mediaTypeOf(name),
  };
}

/** Another one as soon as the file is changed, or is another. */
export function versionOf({ ino, size, mtime, ctime }: Deno.FileInfo): string {
  return [ino ?? 0, size, mtime?.getTime() ?? 0, ctime?.getTime() ?? 0]
    .map((part) => part.toString(16)).join("-");
}

/** A file that only grew is taken to have been appended to, as logs are. SPEC [FI5]. */
export function isChanged(before: Deno.FileInfo, after: Deno.FileInfo): boolean {
  if (after.size !== before.size) return after.size < before.size;
  return after.mtime?.getTime() !== before.mtime?.getTime();
}

const SKIPPED_FOLDERS = new Set(["node_modules", "dist", "_fresh", ".git", ".data"]);

/** The paths below `root` (ends in a slash) of all TypeScript files in its folders, sorted. */
export async function listSources(root: URL, folder = ""): Promise<string[]> {
  const found: string[] = [];
  for await (const entry of Deno.readDir(new URL(folder, root))) {
    const path = `${folder}${entry.name}`;
    if (entry.isDirectory && !SKIPPED_FOLDERS.has(entry.name)) {
      found.push(...await listSources(root, `${path}/`));
    } else if (entry.isFile && folder !== "" && /(?<!\.d)\.tsx?$/.test(entry.name)) {
      found.push(path);
    }
  }
  return found.sort();
}

/** Writes `value` as JSON, with the folders on the way to it. */
export async function writeJson(path: string, value: unknown): Promise<void> {
  await writeText(path, JSON.stringify(value, null, 2));
}

export async function writeText(path: string, text: string): Promise<void> {
  await Deno.mkdir(path.slice(0, path.lastIndexOf("/")), { recursive: true });
  await Deno.writeTextFile(path, text, { mode: 0o600 });
}

/** The files below `folder` whose path fits, oldest first; none if there is no such folder. */
export async function filesBelow(folder: string, fits: RegExp): Promise<string[]> {
  const found: { path: string; bornMs: number }[] = [];
  for await (const path of walk(folder)) {
    if (!fits.test(path)) continue;
    const { birthtime, mtime } = await Deno.stat(path);
    found.push({ path, bornMs: (birthtime ?? mtime)?.getTime() ?? 0 });
  }
  return found.sort((a, b) => a.bornMs - b.bornMs).map(({ path }) => path);
}

async function* walk(folder: string): AsyncGenerator<string> {
  try {
    for await (const { name, isDirectory, isFile } of Deno.readDir(folder)) {
      if (isDirectory) yield* walk(`${folder}/${name}`);
      if (isFile) yield `${folder}/${name}`;
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

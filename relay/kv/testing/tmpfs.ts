/** A folder that is gone when disposed. */
export async function tempDir(): Promise<AsyncDisposable & { path: string }> {
  const path = await Deno.makeTempDir();
  return { path, [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }) };
}

/** @returns whether the command exists and ended well */
export async function run(command: string, ...args: string[]): Promise<boolean> {
  try {
    return (await new Deno.Command(command, { args, stderr: "null" }).output()).success;
  } catch {
    return false;
  }
}

/**
 * A file system of its own over `path`, so that it can really fill up; unmounted when disposed.
 * `undefined` where none may be mounted.
 */
export async function mountTmpfs(
  path: string,
  options: string,
): Promise<AsyncDisposable | undefined> {
  if (!await run("mount", "-t", "tmpfs", "-o", options, "tmpfs", path)) return undefined;
  return { [Symbol.asyncDispose]: async () => void await run("umount", path) };
}

/** The reason to skip a test that needs `mountTmpfs()`, if there is one. */
export async function whyNoTmpfs(): Promise<string | undefined> {
  await using temp = await tempDir();
  await using mount = await mountTmpfs(temp.path, "size=8k");
  return mount === undefined ? "no right to mount a file system" : undefined;
}

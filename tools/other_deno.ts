/** Another version of Deno than the one that runs, brought from npm; gone when disposed. */
export interface OtherDeno extends AsyncDisposable {
  readonly path: string;
}

/** npm's packages that hold the Deno binary, by `Deno.build.target`. */
const PACKAGES: Readonly<Record<string, string>> = {
  "x86_64-unknown-linux-gnu": "@deno/linux-x64-glibc",
  "aarch64-unknown-linux-gnu": "@deno/linux-arm64-glibc",
  "x86_64-apple-darwin": "@deno/darwin-x64",
  "aarch64-apple-darwin": "@deno/darwin-arm64",
};

/**
 * Needs no Node. The project's own node_modules and lock are not touched.
 * @throws {Error} if there is none for this platform, or it cannot be brought
 */
export async function openDeno(version: string): Promise<OtherDeno> {
  const name = PACKAGES[Deno.build.target];
  if (name === undefined) {
    throw new Error(`Cannot bring Deno ${version}: npm has none for ${Deno.build.target}`);
  }
  const dir = await Deno.makeTempDir({ prefix: "chatcode-deno-" });
  const close = () => Deno.remove(dir, { recursive: true });
  try {
    await Deno.writeTextFile(`${dir}/deno.json`, `{ "nodeModulesDir": "auto", "lock": false }`);
    const { success, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["install", "--quiet", `npm:${name}@${version}`],
      cwd: dir,
    }).output();
    if (!success) {
      throw new Error(`Cannot bring Deno ${version}: ${new TextDecoder().decode(stderr).trim()}`);
    }
    const path = `${dir}/node_modules/${name}/deno`;
    await Deno.stat(path);
    return { path, [Symbol.asyncDispose]: close };
  } catch (error) {
    await close();
    throw error;
  }
}

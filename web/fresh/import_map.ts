import type { OnResolveArgs, Plugin } from "esbuild";

/** Lets esbuild resolve what Deno resolves: the import maps of every deno.json above `root`. */
export async function importMapPlugin(root: string): Promise<Plugin> {
  const targets = await readImports(root);
  return {
    name: "deno-import-map",
    setup(build) {
      const resolve = async ({ path, importer, kind, pluginData }: OnResolveArgs) => {
        if (pluginData === "mapped" || importer.includes("/node_modules/")) return undefined;
        const target = mapped(targets, path);
        if (target === undefined) return undefined;
        if (target.startsWith("/")) return { path: target };
        return await build.resolve(target, { kind, resolveDir: root, pluginData: "mapped" });
      };
      build.onResolve({ filter: /^[^./]/ }, resolve);
    },
  };
}

/** What `specifier` means: a file by its absolute path, or a package to find in node_modules. */
function mapped(targets: ReadonlyMap<string, string>, specifier: string): string | undefined {
  for (const [name, target] of targets) {
    if (specifier === name) return npmName(target);
    const folder = name.endsWith("/") ? name : `${name}/`;
    if (specifier.startsWith(folder) && !target.endsWith(".ts")) {
      return npmName(target.replace(/\/$/, "") + "/" + specifier.slice(folder.length));
    }
  }
  return specifier.startsWith("npm:") ? npmName(specifier) : undefined;
}

/** `npm:@xterm/xterm@6.0.0/css` → `@xterm/xterm/css`. */
function npmName(target: string): string {
  return target.replace(/^npm:\/?((?:@[^/]+\/)?[^@/]+)(?:@[^/]+)?/, "$1");
}

/** Import map entries, the longest names first; those of the nearest deno.json win. */
async function readImports(root: string): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for (let folder = root; folder !== ""; folder = folder.slice(0, folder.lastIndexOf("/"))) {
    const text = await Deno.readTextFile(`${folder}/deno.json`).catch(() => "{}");
    const { imports = {} } = JSON.parse(text) as { imports?: Record<string, string> };
    for (const [name, target] of Object.entries(imports)) {
      const absolute = target.startsWith("./") ? folder + target.slice(1) : target;
      if (!found.has(name)) found.set(name, absolute);
    }
  }
  return new Map([...found].sort(([a], [b]) => b.length - a.length));
}

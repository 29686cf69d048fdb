/** `fresh/dev`: turns an app's folders into what `App` needs, in memory or on disk. */

import type { FunctionComponent } from "preact";
import { type App, setBuildCache } from "./app.ts";
import { type BuildCache, ProdBuildCache, type StaticFile } from "./build_cache.ts";
import { setBuildId } from "./build_id.ts";
import { bundle, nameBuild } from "./bundle.ts";
import { contentTypeOf } from "./content_type.ts";
import { type Built, scriptUrl, writeSnapshot } from "./snapshot.ts";

/** Builds the app below `root`: its `routes/`, `islands/` and `static/`. */
export class Builder {
  readonly #root: string;

  constructor(options: { root: string }) {
    this.#root = options.root.replace(/\/$/, "");
  }

  /**
   * Builds once and returns how to give the build to an app. "disk" (the default) leaves it in
   * `_fresh/` for `ProdBuildCache`, "memory" touches no file.
   *
   * Routes and islands are loaded, so what cannot run on a server fails here.
   * @throws what esbuild throws when an island cannot be bundled
   */
  async build(
    options: { mode?: BuildCache["mode"]; snapshot?: "disk" | "memory" } = {},
  ): Promise<<State>(app: App<State>) => void> {
    const { mode = "production", snapshot = "disk" } = options;
    const built = await this.#bundle(mode);
    const cache = snapshot === "disk"
      ? new ProdBuildCache(this.#root, await import(await writeSnapshot(this.#root, built)))
      : await this.#load(built, mode);
    return (app) => {
      setBuildId(built.buildId);
      setBuildCache(app, cache, mode);
    };
  }

  async #bundle(mode: BuildCache["mode"]): Promise<Built> {
    const routes = await list(`${this.#root}/routes`, /\.tsx?$/);
    const components = await list(`${this.#root}/islands`, /\.tsx$/);
    const statics = new Map<string, Uint8Array<ArrayBuffer>>();
    for (const pathname of await list(`${this.#root}/static`, /\/[^./][^/]*$/)) {
      statics.set(pathname, await Deno.readFile(`${this.#root}/static${pathname}`));
    }
    const islands = components.map((file) => ({ name: islandName(file), file: `/islands${file}` }));
    const scripts = await bundle(this.#root, islands, { minify: mode === "production" });
    const buildId = await nameBuild(scripts, statics);
    return { buildId, routes, islands, scripts, statics };
  }

  async #load({ buildId, ...built }: Built, mode: BuildCache["mode"]): Promise<BuildCache> {
    const files = new Map<string, StaticFile>();
    for (const pathname of built.statics.keys()) {
      // Read again each time: a changed stylesheet needs no restart.
      const read = () => Deno.readFile(`${this.#root}/static${pathname}`);
      files.set(pathname, { contentType: contentTypeOf(pathname), read });
    }
    for (const [name, text] of built.scripts) {
      const read = () => Promise.resolve(new TextEncoder().encode(text));
      files.set(scriptUrl(buildId, name), { contentType: contentTypeOf(name), read });
    }
    return {
      mode,
      buildId,
      bootUrl: scriptUrl(buildId, "boot.js"),
      files,
      routes: await Promise.all(built.routes.map(async (file) => ({
        id: file.replace(/\.tsx?$/, ""),
        mod: await import(`file://${this.#root}/routes${file}`),
      }))),
      islands: await Promise.all(built.islands.map(async ({ name, file }) => ({
        name,
        url: scriptUrl(buildId, `${name}.js`),
        component: (await import(`file://${this.#root}${file}`)).default as FunctionComponent,
      }))),
    };
  }
}

/** `/sub/My-island.tsx` → `My_island`: a name that is safe in URLs, comments and code. */
function islandName(file: string): string {
  return file.slice(file.lastIndexOf("/") + 1).replace(/\.tsx$/, "").replace(/\W/g, "_");
}

/** The files below `folder` that match, as `/sub/file`, in a fixed order; none without a folder. */
async function list(folder: string, pattern: RegExp): Promise<string[]> {
  const found: string[] = [];
  try {
    for await (const { name, isDirectory } of Deno.readDir(folder)) {
      if (isDirectory) {
        found.push(...(await list(`${folder}/${name}`, pattern)).map((path) => `/${name}${path}`));
      } else if (pattern.test(`/${name}`) && !/[._]test\.tsx?$/.test(name)) {
        found.push(`/${name}`);
      }
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  return found.sort();
}

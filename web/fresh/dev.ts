/** `fresh/dev`: turns an app's folders into what `App` needs, in memory or on disk. */

import type { FunctionComponent } from "preact";
import { type App, setBuildCache } from "./app.ts";
import { setBuildId } from "./build_id.ts";
import type { BuildCache, Snapshot, StaticFile } from "./build_cache.ts";
import { type Bundle, bundle, hash, nameBuild } from "./bundle.ts";
import { contentTypeOf } from "./content_type.ts";

/** Builds the app below `root`: its `routes/`, `islands/` and `static/`. */
export class Builder {
  readonly #root: string;

  constructor(options: { root: string }) {
    this.#root = options.root.replace(/\/$/, "");
  }

  /**
   * Builds once. "disk" writes `_fresh/` for `ProdBuildCache`; "memory" loads routes and islands
   * here and returns how to give them to an app.
   *
   * @throws what esbuild throws when an island cannot be bundled.
   */
  async build(
    options: { mode?: BuildCache["mode"]; snapshot?: "disk" | "memory" } = {},
  ): Promise<<State>(app: App<State>) => void> {
    const mode = options.mode ?? "production";
    const routes = await list(`${this.#root}/routes`, /(?<![._]test)\.tsx?$/);
    const islandFiles = await list(`${this.#root}/islands`, /(?<![._]test)\.tsx$/);
    const islands = new Map(islandFiles.map((path) => [islandName(path), path]));
    const statics = await list(`${this.#root}/static`, /(^|\/)(\.well-known\/.*|[^.][^/]*)$/);

    const scripts = await bundle(this.#root, islands, { minify: mode === "production" });
    const contents = new Map<string, Uint8Array<ArrayBuffer>>();
    for (const path of statics) contents.set(this.#staticPathname(path), await Deno.readFile(path));
    const buildId = await nameBuild(scripts, contents);
    const built: Built = { buildId, routes, islands, scripts, statics: contents };
    if (options.snapshot !== "memory") await this.#writeToDisk(built);
    const cache = await this.#loadIntoMemory(built, mode);
    return (app) => {
      setBuildId(buildId);
      setBuildCache(app, cache, mode);
    };
  }

  async #loadIntoMemory(built: Built, mode: BuildCache["mode"]): Promise<BuildCache> {
    const { buildId, routes, islands, scripts, statics } = built;
    const files = new Map<string, StaticFile>();
    for (const pathname of statics.keys()) {
      // Read again each time: a changed stylesheet needs no restart.
      const read = () => Deno.readFile(`${this.#root}/static${pathname}`);
      files.set(pathname, { contentType: contentTypeOf(pathname), read });
    }
    for (const [name, text] of scripts) {
      const bytes = new TextEncoder().encode(text);
      const read = () => Promise.resolve(bytes);
      files.set(scriptUrl(buildId, name), { contentType: contentTypeOf(name), read });
    }
    return {
      mode,
      buildId,
      bootUrl: scriptUrl(buildId, "boot.js"),
      files,
      routes: await Promise.all(routes.map(async (path) => ({
        id: this.#routeId(path),
        mod: await import(`file://${path}`),
      }))),
      islands: await Promise.all(Array.from(islands, async ([name, path]) => ({
        name,
        component: (await import(`file://${path}`)).default as FunctionComponent,
        url: scriptUrl(buildId, `${name}.js`),
      }))),
    };
  }

  async #writeToDisk({ buildId, routes, islands, scripts, statics }: Built): Promise<void> {
    const out = `${this.#root}/_fresh`;
    await Deno.remove(out, { recursive: true }).catch((error) => {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    });
    const files: Record<string, Snapshot["files"][string]> = {};
    const describe = async (pathname: string, path: string, body: BlobPart) => {
      const etag = await hash(new Blob([body]));
      files[pathname] = { path, contentType: contentTypeOf(path), etag };
    };
    await Deno.mkdir(`${out}/js`, { recursive: true });
    for (const [name, text] of scripts) {
      await Deno.writeTextFile(`${out}/js/${name}`, text);
      await describe(scriptUrl(buildId, name), `_fresh/js/${name}`, text);
    }
    for (const [pathname, bytes] of statics) {
      await describe(pathname, `static${pathname}`, bytes);
    }
    const source = (path: string) => JSON.stringify(`..${path.slice(this.#root.length)}`);
    const names = [...islands.keys()];
    const lines = [
      "// Written by the build; changes are lost.",
      ...routes.map((path, i) => `import * as route${i} from ${source(path)};`),
      ...Array.from(islands.values(), (path, i) => `import island${i} from ${source(path)};`),
      `export const buildId = ${JSON.stringify(buildId)};`,
      `export const bootUrl = ${JSON.stringify(scriptUrl(buildId, "boot.js"))};`,
      "export const routes = [",
      ...routes.map((path, i) =>
        `  { id: ${JSON.stringify(this.#routeId(path))}, mod: route${i} },`
      ),
      "];",
      "export const islands = [",
      ...names.map((name, i) =>
        `  { name: "${name}", component: island${i}, url: "${scriptUrl(buildId, `${name}.js`)}" },`
      ),
      "];",
      `export const files = ${JSON.stringify(files, null, 2)};`,
    ];
    await Deno.writeTextFile(`${out}/snapshot.js`, lines.join("\n") + "\n");
  }

  #routeId(path: string): string {
    return path.slice(`${this.#root}/routes`.length).replace(/\.tsx?$/, "");
  }

  #staticPathname(path: string): string {
    return path.slice(`${this.#root}/static`.length);
  }
}

/** What both kinds of snapshot are made of. Routes and islands are absolute paths. */
interface Built {
  readonly buildId: string;
  readonly routes: readonly string[];
  readonly islands: ReadonlyMap<string, string>;
  readonly scripts: Bundle;
  /** The contents of `static/` by pathname. */
  readonly statics: ReadonlyMap<string, Uint8Array<ArrayBuffer>>;
}

function scriptUrl(buildId: string, name: string): string {
  return `/_fresh/js/${buildId}/${name}`;
}

function islandName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1).replace(/\.tsx$/, "").replace(/\W/g, "_");
}

/** The files below `folder` that match, in a fixed order; none if there is no such folder. */
async function list(folder: string, pattern: RegExp): Promise<string[]> {
  const found: string[] = [];
  try {
    for await (const entry of Deno.readDir(folder)) {
      const path = `${folder}/${entry.name}`;
      if (entry.isDirectory) found.push(...await list(path, pattern));
      else if (pattern.test(path)) found.push(path);
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  return found.sort();
}

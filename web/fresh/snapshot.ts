import type { Snapshot } from "./build_cache.ts";
import { type Bundle, hash } from "./bundle.ts";
import { contentTypeOf } from "./content_type.ts";

/** What a build consists of. Files are given below the app's root. */
export interface Built {
  readonly buildId: string;
  /** Below `routes/`, such as `/machines/[id].tsx`. */
  readonly routes: readonly string[];
  /** Such as `/islands/Terminal.tsx`. */
  readonly islands: readonly { name: string; file: string }[];
  readonly scripts: Bundle;
  /** What `static/` holds, by pathname. */
  readonly statics: ReadonlyMap<string, Uint8Array<ArrayBuffer>>;
}

/** Where browsers find a script of a build. */
export function scriptUrl(buildId: string, name: string): string {
  return `/_fresh/js/${buildId}/${name}`;
}

/**
 * Replaces `_fresh/` below `root` by this build: scripts, and `snapshot.js`, which imports every
 * route by name so that nothing has to look into folders later. Returns the URL to import.
 */
export async function writeSnapshot(root: string, built: Built): Promise<string> {
  const out = `${root}/_fresh`;
  await Deno.remove(out, { recursive: true }).catch((error) => {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  });
  await Deno.mkdir(`${out}/js`, { recursive: true });
  for (const [name, text] of built.scripts) await Deno.writeTextFile(`${out}/js/${name}`, text);
  await Deno.writeTextFile(`${out}/snapshot.js`, snapshotSource(built, await describeFiles(built)));
  return `file://${out}/snapshot.js?${built.buildId}`;
}

async function describeFiles({ buildId, scripts, statics }: Built): Promise<Snapshot["files"]> {
  const files: Record<string, Snapshot["files"][string]> = {};
  const describe = async (pathname: string, path: string, body: BlobPart) => {
    const etag = await hash(new Blob([body]));
    files[pathname] = { path, contentType: contentTypeOf(path), etag };
  };
  for (const [name, text] of scripts) {
    await describe(scriptUrl(buildId, name), `_fresh/js/${name}`, text);
  }
  for (const [pathname, bytes] of statics) await describe(pathname, `static${pathname}`, bytes);
  return files;
}

function snapshotSource(built: Built, files: Snapshot["files"]): string {
  const quote = JSON.stringify;
  const { buildId, routes, islands } = built;
  const lines = [
    "// Written by the build; changes are lost.",
    ...routes.map((file, i) => `import * as route${i} from ${quote(`../routes${file}`)};`),
    ...islands.map(({ file }, i) => `import island${i} from ${quote(`..${file}`)};`),
    `export const buildId = ${quote(buildId)};`,
    `export const bootUrl = ${quote(scriptUrl(buildId, "boot.js"))};`,
    "export const routes = [",
    ...routes.map((file, i) => `  { id: ${quote(file.replace(/\.tsx?$/, ""))}, mod: route${i} },`),
    "];",
    "export const islands = [",
    ...islands.map(({ name }, i) =>
      `  { name: ${quote(name)}, component: island${i}, ` +
      `url: ${quote(scriptUrl(buildId, `${name}.js`))} },`
    ),
    "];",
    `export const files = ${JSON.stringify(files, null, 2)};`,
  ];
  return lines.join("\n") + "\n";
}

import { encodeHex } from "@std/encoding/hex";
import * as esbuild from "esbuild";
import { importMapPlugin } from "./import_map.ts";

const BUILD_ID_PLACEHOLDER = "__FRSH_BUILD_ID__";

/** Browser scripts by file name. They say `buildId` once `nameBuild` has been called. */
export type Bundle = Map<string, string>;

/** Bundles the boot script and each island into chunks; what they share is loaded once. */
export async function bundle(
  root: string,
  islands: readonly { name: string; file: string }[],
  options: { minify: boolean },
): Promise<Bundle> {
  const outdir = `${root}/_fresh`;
  try {
    const { outputFiles } = await esbuild.build({
      entryPoints: {
        boot: `${import.meta.dirname}/boot.ts`,
        ...Object.fromEntries(islands.map(({ name, file }) => [name, root + file])),
      },
      absWorkingDir: root,
      outdir,
      write: false,
      bundle: true,
      splitting: true,
      format: "esm",
      platform: "browser",
      target: ["chrome109", "firefox115", "safari16.4"],
      minify: options.minify,
      jsx: "automatic",
      jsxImportSource: "preact",
      logLevel: "silent", // failures are thrown, with every message
      plugins: [buildIdPlugin, await importMapPlugin(root)],
    });
    return new Map(outputFiles.map(({ path, text }) => [path.slice(outdir.length + 1), text]));
  } finally {
    await esbuild.stop();
  }
}

/** Names a build after all that browsers may fetch from it, and writes the name into `scripts`. */
export async function nameBuild(
  scripts: Bundle,
  staticFiles: ReadonlyMap<string, Uint8Array<ArrayBuffer>>,
): Promise<string> {
  const parts = [...scripts, ...staticFiles].sort(([a], [b]) => a < b ? -1 : 1);
  const id = (await hash(new Blob(parts.flatMap(([name, body]) => [name, "\0", body])))).slice(
    0,
    16,
  );
  for (const [name, text] of scripts) {
    scripts.set(name, text.replaceAll(BUILD_ID_PLACEHOLDER, id));
  }
  return id;
}

/** SHA-256, as lower-case hex. */
export async function hash(content: Blob): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", await content.arrayBuffer());
  return encodeHex(digest);
}

const buildIdPlugin: esbuild.Plugin = {
  name: "build-id",
  setup(build) {
    build.onLoad({ filter: /\/fresh\/build_id\.ts$/ }, () => ({
      contents: `export const buildId = "${BUILD_ID_PLACEHOLDER}";`,
    }));
  },
};

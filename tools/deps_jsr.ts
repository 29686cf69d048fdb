/**
 * Re-points @std/* and fresh in deno.json at their originals on JSR: `deno task deps:jsr`. With
 * `--npm` puts back exactly what was there, so that the project resolves from npm alone again.
 * @module
 */
import { parseArgs } from "@std/cli/parse-args";

/** npm's republished @std: the one version that the import map names. */
const DENO_STD = "npm:deno-std@1.4.0";
const STD_TYPES = '"types": ["./types/deno_std.d.ts"]';
const NO_TYPES = '"types": []';

/** Whole packages go by `mod.js`; a subpath goes by its own snake_case file. */
const STD_MAJOR = 1;

const FRESH: readonly { name: string; npm: string; jsr: string }[] = [
  { name: "fresh", npm: "./web/fresh/mod.ts", jsr: "jsr:@fresh/core@^2.3.3" },
  { name: "fresh/runtime", npm: "./web/fresh/runtime.ts", jsr: "jsr:@fresh/core@^2.3.3/runtime" },
  { name: "fresh/dev", npm: "./web/fresh/dev.ts", jsr: "jsr:@fresh/core@^2.3.3/dev" },
  {
    name: "fresh/internal",
    npm: "./web/fresh/internal.ts",
    jsr: "jsr:@fresh/core@^2.3.3/internal",
  },
];

/** `config` (the text of deno.json) with @std and fresh taken from JSR. */
export function pointAtJsr(config: string): string {
  return eachImport(config, (name) => {
    const std = /^@std\/([^/]+)(\/.+)?$/.exec(name);
    if (std) return `jsr:@std/${std[1]}@${STD_MAJOR}${std[2] ?? ""}`;
    return FRESH.find((entry) => entry.name === name)?.jsr;
  }).replace(STD_TYPES, NO_TYPES);
}

/** `config` with @std taken from npm and fresh from web/: the inverse of `pointAtJsr`. */
export function pointAtNpm(config: string): string {
  return eachImport(config, (name) => {
    const std = /^@std\/([^/]+)(?:\/(.+))?$/.exec(name);
    if (std) return `${DENO_STD}/${std[1]}/${(std[2] ?? "mod").replaceAll("-", "_")}.js`;
    return FRESH.find((entry) => entry.name === name)?.npm;
  }).replace(NO_TYPES, STD_TYPES);
}

/** Replaces the target of each import map entry for which `target` gives one. */
function eachImport(config: string, target: (name: string) => string | undefined): string {
  // By text, not by parsing: every byte that is not a target must stay as it is.
  return config.replace(
    /("(@std\/[^"]+|fresh(?:\/[^"]+)?)":\s*")([^"]*)(")/g,
    (_whole, head: string, name: string, now: string, tail: string) =>
      head + (target(name) ?? now) + tail,
  );
}

if (import.meta.main) {
  const { npm } = parseArgs(Deno.args, { boolean: ["npm"] });
  const file = new URL("../deno.json", import.meta.url);
  const before = await Deno.readTextFile(file);
  const after = npm ? pointAtNpm(before) : pointAtJsr(before);
  if (after !== before) await Deno.writeTextFile(file, after);
  const source = npm ? "npm" : "JSR";
  console.log(
    after === before
      ? `deno.json already takes @std and fresh from ${source}`
      : `deno.json takes @std and fresh from ${source} now; \`deno install\` brings the lock along`,
  );
}

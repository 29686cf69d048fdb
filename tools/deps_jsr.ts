/**
 * Re-points @std/* and fresh in deno.json at their originals on JSR: `deno task deps:jsr`. With
 * `--npm` puts back exactly what was there, so that the project resolves from npm alone again.
 * @module
 */
// It imports nothing: what it would import is what it re-points, and it must run either way.

/** npm's republished @std: the one version that the import map names. */
const DENO_STD = "npm:deno-std@1.4.0";
const STD_TYPES = '"types": ["./types/deno_std.d.ts"]';
const NO_TYPES = '"types": []';

const STD_MAJOR = 1;
const FRESH_JSR = "jsr:@fresh/core@^2.3.3";

/** `config` (the text of deno.json) with @std and fresh taken from JSR. */
export function pointAtJsr(config: string): string {
  return eachImport(config, (name) => {
    const [, std, path = ""] = /^@std\/([^/]+)(\/.+)?$/.exec(name) ?? [];
    return std ? `jsr:@std/${std}@${STD_MAJOR}${path}` : name.replace("fresh", FRESH_JSR);
  }).replace(STD_TYPES, NO_TYPES);
}

/** `config` with @std taken from npm and fresh from web/: the inverse of `pointAtJsr`. */
export function pointAtNpm(config: string): string {
  return eachImport(config, (name) => {
    // A whole package goes by its `mod`, a part by the file of its name.
    const [, std, path = "mod"] = /^@std\/([^/]+)(?:\/(.+))?$/.exec(name) ?? [];
    if (std) return `${DENO_STD}/${`${std}/${path}`.replaceAll("-", "_")}.js`;
    return `./web/fresh${name === "fresh" ? "/mod" : name.slice("fresh".length)}.ts`;
  }).replace(NO_TYPES, STD_TYPES);
}

/** Replaces the target of each import map entry of @std and fresh. */
function eachImport(config: string, target: (name: string) => string): string {
  // By text, not by parsing: every byte that is not a target must stay as it is.
  return config.replace(
    /("(@std\/[^"]+|fresh(?:\/[^"]+)?)":\s*")([^"]*)(")/g,
    (_whole, head: string, name: string, _now: string, tail: string) => head + target(name) + tail,
  );
}

if (import.meta.main) {
  const npm = Deno.args.includes("--npm");
  if (Deno.args.some((arg) => arg !== "--npm")) {
    console.error("Usage: deno task deps:jsr [--npm]");
    Deno.exit(2);
  }
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

import { contentType } from "@std/media-types/content-type";

/** Endings that the usual table gives to something else, or does not know. */
const TEXT_ENDINGS = new Set(
  ("ts mts cts tsx jsx rs go rb py pyi java kt kts swift c h cc cpp hpp cs php pl lua r jl scala " +
    "clj ex exs erl hs ml fs vb sh bash zsh fish ps1 bat sql toml ini cfg conf env lock log diff " +
    "patch vue svelte astro tf hcl gradle cmake mk nix zig dart proto graphql gql rst adoc tex bib " +
    "jsonl ndjson jsonc json5 yaml yml gitignore gitattributes dockerignore editorconfig npmrc")
    .split(" "),
);

/** Names without an ending that are text. */
const TEXT_NAMES =
  /^(README|LICENSE|COPYING|CHANGELOG|AUTHORS|NOTICE|Makefile|Dockerfile|Gemfile|Rakefile|Procfile|Justfile)$/i;

const UNKNOWN = "application/octet-stream";

/** By the name alone: what the file holds may be something else. */
export function mediaTypeOf(name: string): string {
  const dot = name.lastIndexOf(".");
  const ending = name.slice(dot + 1).toLowerCase();
  if (dot < 0) return TEXT_NAMES.test(name) ? "text/plain" : UNKNOWN;
  if (TEXT_ENDINGS.has(ending)) return "text/plain";
  const known = contentType(`.${ending}`);
  return known === undefined ? UNKNOWN : known.split(";")[0]!.trim();
}

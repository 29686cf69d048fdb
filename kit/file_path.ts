/** Endings that make a bare name a file's, where `Deno.serve` is none. */
const ENDINGS = new Set(
  ("c cc cfg conf cpp cs css csv diff env go h hpp htm html ini ipynb java jpeg jpg js json jsonl " +
    "jsx kt lock log lua md mjs mov mp3 mp4 patch pdf php png py rb rs scss sh sql svelte svg " +
    "swift tex toml ts tsv tsx txt vue wav webm webp xml yaml yml zip gif cjs mdx")
    .split(" "),
);
/** The line, and maybe the column, that compilers and agents write behind a path. */
const PLACE = /(?::\d+(?:[:-]\d+)?|#L\d+(?:-L?\d+)?|\(\d+(?:,\d+)?\))$/;
const MAX_PATH = 1_000;

/** The path that `text`, by itself, plausibly is; undefined if it is something else. */
export function filePath(text: string): string | undefined {
  if (text.length > MAX_PATH) return undefined;
  const path = text.replace(PLACE, "");
  if (path.startsWith("-") || path.endsWith("/")) return undefined;
  // deno-lint-ignore no-control-regex
  if (/[\x00-\x20*?{}<>|"'`$;&=,\\]|:\/\/|\/\/|\.\.\./.test(path)) return undefined;
  const name = path.slice(path.lastIndexOf("/") + 1);
  const ending = /\.([a-z][a-z0-9]{0,9})$/i.exec(name)?.[1];
  if (name === "" || name === "." || name === "..") return undefined;
  if (/^(?:\.{1,2}|~)?\//.test(path)) {
    // From a root: even without an ending, if it is deep enough to be more than a route of an app.
    return ending !== undefined ||
        /^(?:~|\.{1,2}|\/(?:home|root|Users|tmp|srv|opt|var)\/)/.test(path)
      ? path
      : undefined;
  }
  if (path.includes(":") || path.includes("@") || path.includes("(")) return undefined;
  if (ending === undefined) return undefined;
  return ENDINGS.has(ending.toLowerCase()) ? path : undefined;
}

/** Where paths stand in a line of prose: only such as have a folder and a known ending. */
const IN_PROSE =
  /(?<![\w/.@:+~-])(?:~\/|\.{0,2}\/)?[\w.@+-]+(?:\/[\w.@+-]+)*\.[a-z][a-z0-9]{0,9}(?::\d+(?::\d+)?)?(?![\w/@-])/gi;

export type Piece = { readonly text: string; readonly path?: string };

/** Prose in pieces, the plausible paths apart. */
export function splitPaths(text: string): Piece[] {
  const pieces: Piece[] = [];
  let at = 0;
  for (const match of text.matchAll(IN_PROSE)) {
    const [found] = match;
    const path = found.includes("/") ? filePath(found) : undefined;
    const ending = path && /\.([a-z0-9]+)$/i.exec(path)?.[1]?.toLowerCase();
    if (!path || !ending || !ENDINGS.has(ending)) continue;
    if (match.index > at) pieces.push({ text: text.slice(at, match.index) });
    pieces.push({ text: found, path });
    at = match.index + found.length;
  }
  if (at < text.length) pieces.push({ text: text.slice(at) });
  return pieces;
}

/** The path that a link leads to which is none of the web's, as agents write them. */
export function linkedPath(url: string): string | undefined {
  try {
    return filePath(decodeURI(url.replace(/^file:\/\/(?=\/)/, "")));
  } catch {
    return undefined; // no URL at all
  }
}

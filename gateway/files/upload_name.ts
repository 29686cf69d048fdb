/** Bytes of a name; with what a part file's name adds it stays below the systems' 255. */
const MAX_NAME_BYTES = 180;

/** How many files of one name there may be before there is no free one. */
const MAX_SAME_NAME = 1_000;

/** A name that is one file's, and no surprise to whoever lists it. Never empty. */
export function plainName(name: string): string {
  const plain = name.normalize("NFC")
    .replace(/[/\\\p{Cc}\p{Cf}\p{Cs}\ufffd]/gu, "_")
    .trim()
    .replace(/^-+/, "_"); // no program takes it for an option
  if (plain === "" || plain === "." || plain === "..") return "file";
  const { stem, ending } = split(plain);
  return `${clip(stem, MAX_NAME_BYTES - byteLength(clip(ending, 40)))}${clip(ending, 40)}`;
}

/** The name, then `name (2)` and so on, each with the name's ending. */
export function* namesLike(name: string): Generator<string> {
  yield name;
  const { stem, ending } = split(name);
  for (let n = 2; n <= MAX_SAME_NAME; n++) yield `${stem} (${n})${ending}`;
}

/** A hidden name beside the target, which tells whose it is. */
export function partName(name: string, upload: string): string {
  return `.${name}.${upload}.part`;
}

/** `.tar.gz` is one ending; a name that begins with a dot has none by that. */
function split(name: string): { stem: string; ending: string } {
  const ending = /(?<=.)(\.tar)?\.[^.]+$/.exec(name)?.[0] ?? "";
  return { stem: name.slice(0, name.length - ending.length), ending };
}

function clip(text: string, bytes: number): string {
  let kept = "";
  let length = 0;
  for (const letter of text) {
    length += byteLength(letter);
    if (length > bytes) break;
    kept += letter;
  }
  return kept;
}

function byteLength(text: string): number {
  return new TextEncoder().encode(text).length;
}

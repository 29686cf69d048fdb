export interface TarEntry {
  /** A relative path of at most 100 bytes of ASCII. */
  readonly path: string;
  readonly bytes: Uint8Array;
  readonly mode: number;
}

const BLOCK = 512;

/** A ustar archive without times, owners or anything else that two builds could differ in. */
export function tar(entries: readonly TarEntry[]): Uint8Array<ArrayBuffer> {
  const padded = (bytes: number) => Math.ceil(bytes / BLOCK) * BLOCK;
  const size = entries.reduce((sum, { bytes }) => sum + BLOCK + padded(bytes.length), 2 * BLOCK);
  const archive = new Uint8Array(size);
  let at = 0;
  for (const entry of entries) {
    archive.set(header(entry), at);
    archive.set(entry.bytes, at + BLOCK);
    at += BLOCK + padded(entry.bytes.length);
  }
  return archive;
}

/** The fields' places: https://www.gnu.org/software/tar/manual/html_node/Standard.html */
function header({ path, bytes, mode }: TarEntry): Uint8Array {
  if (!/^[\x21-\x7e]{1,100}$/.test(path)) {
    throw new RangeError(`Cannot archive "${path}": its name`);
  }
  const block = new Uint8Array(BLOCK);
  const put = (at: number, text: string) => block.set(new TextEncoder().encode(text), at);
  const octal = (value: number, digits: number) => value.toString(8).padStart(digits, "0");
  put(0, path);
  put(100, `${octal(mode, 7)}\0${octal(0, 7)}\0${octal(0, 7)}\0`); // mode, uid, gid
  put(124, `${octal(bytes.length, 11)}\0${octal(0, 11)}\0`); // size, mtime
  put(148, " ".repeat(8)); // the sum is made with its own field blank
  put(156, "0");
  put(257, "ustar\x0000");
  const sum = block.reduce((total, byte) => total + byte, 0);
  put(148, `${octal(sum, 6)}\0 `);
  return block;
}

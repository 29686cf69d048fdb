/** Bytes of a token file or env file; more is refused. */
const MAX_BYTES = 64 * 1024;

/**
 * The text of a file with settings. `-` is standard input, so that a secret need touch neither a disk
 * that the user can read nor an environment.
 * @throws {RangeError} if it is longer than any such file
 */
export function readInput(path: string): string {
  if (path !== "-") return Deno.readTextFileSync(path);
  const buffer = new Uint8Array(MAX_BYTES);
  let bytes = 0;
  for (;;) {
    const read = Deno.stdin.readSync(buffer.subarray(bytes));
    if (read === null) return new TextDecoder().decode(buffer.subarray(0, bytes));
    bytes += read;
    if (bytes === MAX_BYTES) throw new RangeError(`more than ${MAX_BYTES} bytes`);
  }
}

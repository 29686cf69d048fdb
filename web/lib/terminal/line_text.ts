// SGR, hyperlinks and character set shifts: all that history lines hold besides text. SPEC [HI1].
// deno-lint-ignore no-control-regex
const SEQUENCES = /\x1b\[[0-9;:]*m|\x1b\]8;[^\x07\x1b]*(?:\x07|\x1b\\)|[\x0e\x0f]/g;

/** A history line without its colours. */
export function lineText(line: string): string {
  return line.replace(SEQUENCES, "");
}

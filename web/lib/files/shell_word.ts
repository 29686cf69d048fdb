/**
 * `text` as one word of a POSIX shell, as it stands where nothing in it means anything to one.
 * Control characters, a line's end above all, are left out: nothing that is pasted may run.
 */
export function shellWord(text: string): string {
  // deno-lint-ignore no-control-regex
  const visible = text.replaceAll(/[\x00-\x1f\x7f-\x9f]/g, "");
  if (/^[\w@%+=:,./-]+$/.test(visible) && !visible.startsWith("-")) return visible;
  return `'${visible.replaceAll("'", `'\\''`)}'`;
}

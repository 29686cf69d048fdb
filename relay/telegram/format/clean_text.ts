/** Columns between the tab stops of code. */
const TAB_COLUMNS = 4;

/**
 * `text` without what Telegram's server would change or take away unseen, so that what is sent is
 * what is shown and offsets hold: it turns control characters and tabs into single spaces, and
 * removes carriage returns, U+2028 to U+202E and the marks U+030A, U+0333 and U+033F
 * (clean_input_string in https://github.com/tdlib/td/blob/master/td/telegram/misc.cpp).
 * Controls become visible signs, tabs spaces, lone surrogates U+FFFD; a letter and its ring one
 * character.
 */
export function cleanText(text: string, { code = false }: { code?: boolean } = {}): string {
  const lines = text.toWellFormed().replace(/\r\n?|[\u2028\u2029]/g, "\n");
  return (code ? lines.replace(/^.*\t.*$/gm, expandTabs) : lines.replaceAll("\t", "    "))
    // deno-lint-ignore no-control-regex -- these are what it is about
    .replace(/[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]/g, controlPicture)
    .replace(/[\u202a-\u202e]/g, "")
    .replace(/\P{M}\p{M}*[\u030a\u0333\u033f]/gu, (cluster) => cluster.normalize("NFC"))
    .replace(/[\u030a\u0333\u033f]/g, "")
    .replace(/[\u200e\u200f]+(?=[\u200e\u200f])/g, "");
}

/** Whether Telegram would take `text` for empty and refuse a message of it. */
export function isBlank(text: string): boolean {
  return /^[\s\u00a0\u1680\u180e\u2000-\u200f\u2028-\u202f\u205f\u2800\u3000\ufeff\ufffc]*$/u
    .test(text);
}

function controlPicture(control: string): string {
  const code = control.charCodeAt(0);
  return String.fromCharCode(code === 0x7f ? 0x2421 : 0x2400 + code);
}

function expandTabs(line: string): string {
  let expanded = "";
  for (const [index, part] of line.split("\t").entries()) {
    if (index > 0) expanded += " ".repeat(TAB_COLUMNS - expanded.length % TAB_COLUMNS);
    expanded += part;
  }
  return expanded;
}

const PLAIN = /^[A-Za-z0-9_=%@:.,+\/-]+$/;

/**
 * One argument in a line for a tmux control client, whatever the text: bytes outside a small safe
 * set go as octal escapes, so neither quotes, `$`, `~`, `#{}`, `;` nor line ends can have a meaning.
 * @throws {TypeError} if the text holds a NUL, which no tmux argument can carry
 */
export function quote(text: string): string {
  if (PLAIN.test(text)) return text;
  let quoted = '"';
  for (const byte of new TextEncoder().encode(text)) {
    if (byte === 0) throw new TypeError("Cannot quote for tmux: the text holds a NUL");
    const safe = byte === 0x20 || (byte < 0x7f && PLAIN.test(String.fromCharCode(byte)));
    quoted += safe ? String.fromCharCode(byte) : "\\" + byte.toString(8).padStart(3, "0");
  }
  return quoted + '"';
}

/**
 * One argument of a tmux process that is meant as it stands: tmux takes a trailing `;` for the end
 * of a command unless it is escaped.
 */
export function literalArgument(argument: string): string {
  return argument.endsWith(";") ? argument.slice(0, -1) + "\\;" : argument;
}

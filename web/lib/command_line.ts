/** Characters that mean something to a shell. */
const SHELL_SYNTAX = /[|&;<>()$`\\"'*?[\]#~=%!{}\n]/;

/**
 * What a person typed as a command, as argv: plain words are run as they are, anything that needs a
 * shell is given to one. Nothing typed: the login shell, as an empty argv.
 */
export function commandLine(text: string): string[] {
  const trimmed = text.trim();
  if (trimmed === "") return [];
  return SHELL_SYNTAX.test(trimmed) ? ["/bin/sh", "-c", trimmed] : trimmed.split(/\s+/);
}

/** The reverse, for people to read; empty for the login shell. */
export function commandText(command: readonly string[]): string {
  const [shell, flag, text] = command;
  return shell === "/bin/sh" && flag === "-c" && text !== undefined ? text : command.join(" ");
}

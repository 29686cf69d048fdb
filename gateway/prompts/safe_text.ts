import { ProtocolError } from "@chatcode/protocol";

/** A prompt as it may be typed. */
export interface SafeText {
  readonly text: string;
  /** What was changed, in words; empty: nothing. */
  readonly changes: readonly string[];
}

// deno-lint-ignore no-control-regex -- control characters are what is looked for
const CONTROLS = /[\x00-\x08\x0b-\x1f\x7f-\x9f]/g;
/** They show a text in another order than it is read: https://trojansource.codes */
const BIDI = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;
// deno-lint-ignore no-control-regex -- as above
const ESCAPE_SEQUENCE = /\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\))/g;

/**
 * Takes out of a prompt what a terminal could take for a key: nothing in it can end the brackets in
 * which it is pasted. SPEC [PR2], [PR3].
 * @throws ProtocolError PROMPT_REFUSED for a command that is not on the list, or when nothing is left
 */
export function safeText(given: string, slashCommands: readonly string[]): SafeText {
  const changes: string[] = [];
  const change = (text: string, pattern: RegExp, by: string, what: string) => {
    const changed = text.replace(pattern, by);
    if (changed !== text) changes.push(what);
    return changed;
  };
  let text = given.isWellFormed() ? given : given.toWellFormed();
  if (text !== given) changes.push("Replaced characters that are not Unicode");
  // Agents take the rarer ones for a line end, or for nothing.
  text = change(text, /\r\n?|[\x85\u2028\u2029]/g, "\n", "Replaced other line ends by plain ones");
  text = change(text, ESCAPE_SEQUENCE, "", "Removed escape sequences");
  text = change(text, CONTROLS, "", "Removed control characters");
  text = change(text, BIDI, "", "Removed characters that turn the reading direction");
  text = change(text, /\s+$/, "", "Removed blanks at the end");
  if (text.trim() === "") throw refused("it is empty");
  if (/^[\s\p{Cf}]*\//u.test(text)) {
    text = change(text, /^[\s\p{Cf}]+/u, "", "Removed blanks before the command");
    checkCommand(text, slashCommands);
  } else if (/^[\s\p{Cf}]*[!！]/u.test(text)) {
    // What shows nothing before it may be taken away by the agent.
    const bare = text.replace(/^[\s\p{Cf}]+/u, "");
    if (text !== ` ${bare}`) {
      changes.push('Put a space before the "!": it would have run as a shell command');
    }
    text = ` ${bare}`;
  } else if (/^[:\\]?(exit|quit|q!?|wq!?)$/i.test(text)) {
    throw refused(`"${text}" alone would end the agent`);
  }
  if (/(\\|(^|\s)@\S*)$/.test(text)) {
    // After either, Enter would not send: it makes a new line, or takes a completion.
    text += " ";
    changes.push("Put a space at the end, so that Enter sends");
  }
  return { text, changes };
}

/** A path, which a file's name may begin, is no command: agents look for a whole word. */
function checkCommand(text: string, slashCommands: readonly string[]): void {
  const word = /^\S+/.exec(text)?.[0] ?? "";
  if (slashCommands.includes(word)) return;
  throw refused(`"${word.slice(0, 40)}" is not a command that may be sent to this agent`);
}

function refused(why: string): ProtocolError {
  return new ProtocolError("PROMPT_REFUSED", `Cannot send the prompt: ${why}`);
}

/**
 * For comparing a prompt with what an agent wrote down: they trim, indent, compose letters, and drop
 * what shows nothing.
 */
export function visibleText(text: string): string {
  return text.normalize("NFC").replace(/[\s\p{C}]/gu, "");
}

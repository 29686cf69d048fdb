import { visibleText } from "./safe_text.ts";

/** What agents show in place of a long paste. */
const PASTED = /\[(Pasted|Paste )/i;
/** Lines at a screen's end in which an agent's prompt box stands. */
const BOX_LINES = 12;

/**
 * Whether a text that was pasted is on the screen, or the sign that stands for a long one. By plain
 * letters and digits alone: what else there is looks different on every screen.
 */
export function showsPaste(screen: string, text: string): boolean {
  if (PASTED.test(screen)) return true;
  const plain = (each: string) => each.replace(/[^A-Za-z0-9]/g, "");
  const end = plain(text).slice(-16);
  return end.length < 3 || plain(screen).includes(end);
}

/** Whether the text's end stands in the lower part of a screen. */
export function endsInBox(screen: string, text: string): boolean {
  return visibleText(lowerPart(screen)).includes(visibleText(text).slice(-24));
}

/**
 * Whether a line in the lower part of a screen begins with `command` and goes on with nothing, a gap
 * or a frame. So does the list that an agent offers while it is typed; a tip that names it does not.
 */
export function isCommandInBox(screen: string, command: string): boolean {
  return lowerPart(screen).split("\n").some((line) => {
    const plain = line.replace(/^[^\p{L}\p{N}/]+/u, "");
    return plain.startsWith(command.trim()) &&
      /^(?:$|\s{2}|\s*[│┃|]|\s$)/.test(plain.slice(command.trim().length));
  });
}

/** Whether the text, or the sign that stands for a long one, is in the lower part of a screen. */
export function holdsPaste(screen: string, text: string): boolean {
  return endsInBox(screen, text) || PASTED.test(lowerPart(screen));
}

function lowerPart(screen: string): string {
  return screen.trimEnd().split("\n").slice(-BOX_LINES).join("\n");
}

/** What comes in at a terminal: a text that was pasted in brackets, or a key. */
export type Typed = { readonly paste: string } | { readonly key: string };

const PASTE_BEGINS = "\x1b[200~";
const PASTE_ENDS = "\x1b[201~";

/** Cuts what a terminal sends into keys and pastes, as agents do. */
export class Keyboard {
  #held = "";

  push(text: string): Typed[] {
    this.#held += text;
    const typed: Typed[] = [];
    for (let next = this.#next(); next !== undefined; next = this.#next()) typed.push(next);
    return typed;
  }

  #next(): Typed | undefined {
    const held = this.#held;
    if (held === "") return undefined;
    if (held.startsWith(PASTE_BEGINS)) {
      const end = held.indexOf(PASTE_ENDS);
      if (end < 0) return undefined;
      this.#held = held.slice(end + PASTE_ENDS.length);
      // A terminal sends a line end within a paste as CR.
      return { paste: held.slice(PASTE_BEGINS.length, end).replaceAll("\r", "\n") };
    }
    // deno-lint-ignore no-control-regex -- keys come as escape sequences
    const [key = ""] = /^(\x1b\[[0-9;]*[A-Za-z~]|.)/su.exec(held) ?? [];
    this.#held = held.slice(key.length);
    return { key };
  }
}

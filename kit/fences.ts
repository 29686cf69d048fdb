/** Tells line by line of a Markdown text which lines are fenced code, without parsing the rest. */
export class Fences {
  readonly #strict: boolean;
  #fence: string | undefined;
  #unsure: "no" | "till blank line" | "for good" = "no";

  /**
   * `strict` never takes for code what the parser does not, and so misses the code behind HTML and
   * behind fences in lists and quotes.
   */
  constructor({ strict }: { strict: boolean }) {
    this.#strict = strict;
  }

  /** Whether `line` belongs to a block of code, its fences too. To be asked for every line. */
  isCode(line: string): boolean {
    if (this.#fence !== undefined) {
      const closing = /^ {0,3}(`+|~+)[ \t]*$/.exec(line.replace(/\n$/, ""));
      if (closing && closing[1]!.startsWith(this.#fence)) this.#fence = undefined;
      return true;
    }
    // Backticks behind a fence of backticks make it code in a line.
    const opening = /^(`{3,})[^`]*$/.exec(line)?.[1] ?? /^(~{3,})/.exec(line)?.[1];
    if (this.#strict && this.#isUnsure(line, opening !== undefined)) return false;
    this.#fence = opening;
    return opening !== undefined;
  }

  #isUnsure(line: string, opening: boolean): boolean {
    if (this.#unsure === "till blank line" && line.trim() === "") this.#unsure = "no";
    if (/^ {0,3}<(?:[!?]|(?:pre|script|style|textarea)\b)/i.test(line)) this.#unsure = "for good";
    if (!opening && /`{3}|~{3}/.test(line)) this.#unsure = "for good";
    if (this.#unsure === "no" && /^ {0,3}<[a-z/]/i.test(line)) this.#unsure = "till blank line";
    return this.#unsure !== "no";
  }
}

import type { MessageEntity } from "grammy/types";
import { cleanText } from "./clean_text.ts";
import type { RichText } from "./rich_text.ts";
import { guardIndent } from "./rich_text.ts";

type Style = "bold" | "italic" | "strikethrough" | "underline" | "code";
type Quote = "blockquote" | "expandable_blockquote";

/** What stands in front of the lines of a list item or an inner quote. */
interface Prefix {
  readonly first: string;
  readonly rest: string;
  used: boolean;
}

/** The deepest that lists are indented; deeper ones stay there. */
export const INDENTS_MAX = 8;

/** Puts text together line by line, with what goes in front of each line, and notes its entities. */
export class Writer {
  #text = "";
  readonly #entities: MessageEntity[] = [];
  #prefixes: Prefix[] = [];
  #breaks = 0;
  #atLineStart = true;

  get length(): number {
    return this.#text.length;
  }

  /** Not tidied yet. */
  get rich(): RichText {
    return { text: this.#text, entities: this.#entities };
  }

  /** The next text begins `lines` lines further down, unless nothing stands above it. */
  break(lines: 1 | 2): void {
    this.#breaks = Math.max(this.#breaks, lines);
  }

  write(text: string): void {
    for (const [index, line] of cleanText(text).split("\n").entries()) {
      if (index > 0) this.break(1);
      if (line === "") continue;
      this.#startLine();
      this.#text += line;
    }
  }

  styled(type: Style, inner: () => void): void {
    this.#entity(inner, (offset, length) => ({ type, offset, length }));
  }

  link(url: string, inner: () => void): void {
    this.#entity(inner, (offset, length) => ({ type: "text_link", offset, length, url }));
  }

  /** Lines that `inner` writes begin with `first`, then with `rest`. */
  prefixed(first: string, rest: string, inner: () => void): void {
    const prefix: Prefix = { first, rest, used: false };
    this.#prefixes.push(prefix);
    inner();
    if (!prefix.used) this.#startLine();
    this.#prefixes.pop();
  }

  /** A block of code, on lines of its own and without prefixes. */
  pre(code: string, language: string | undefined): void {
    const text = guardIndent(cleanText(code, { code: true })).replace(/[ \n]+$/, "");
    if (text === "") return;
    this.#ownLines(() => {
      this.#entity(() => {
        this.#text += text;
      }, (offset, length) => ({
        type: "pre",
        offset,
        length,
        ...(language === undefined || language === "" ? {} : { language }),
      }));
    });
  }

  /** A quote on lines of its own; `type` is asked when its text is known. */
  quote(type: (text: string) => Quote, inner: () => void): void {
    this.#ownLines(() => {
      this.#entity(inner, (offset, length) => ({
        type: type(this.#text.slice(offset)),
        offset,
        length,
      }));
    });
  }

  #entity(inner: () => void, entity: (offset: number, length: number) => MessageEntity): void {
    this.#startLine();
    const offset = this.#text.length;
    inner();
    const length = this.#text.length - offset;
    if (length > 0) this.#entities.push(entity(offset, length));
  }

  #ownLines(inner: () => void): void {
    if (this.#prefixes.some(({ used }) => !used)) this.#startLine();
    if (!this.#atLineStart) this.break(1);
    const prefixes = this.#prefixes;
    this.#prefixes = [];
    inner();
    this.#prefixes = prefixes;
    this.break(1);
  }

  #startLine(): void {
    if (this.#breaks > 0 && this.#text !== "") {
      this.#text += "\n";
      for (let blank = 1; blank < this.#breaks; blank++) {
        this.#text += this.#linePrefix(true).trimEnd() + "\n";
      }
      this.#atLineStart = true;
    }
    this.#breaks = 0;
    if (!this.#atLineStart && this.#prefixes.every(({ used }) => used)) return;
    this.#text += this.#atLineStart ? this.#linePrefix(false) : this.#unusedPrefixes();
    this.#atLineStart = false;
  }

  #linePrefix(blank: boolean): string {
    let line = "";
    for (const [depth, prefix] of this.#prefixes.entries()) {
      if (prefix.used || blank) {
        if (prefix.used && (depth < INDENTS_MAX || prefix.rest.trim() !== "")) line += prefix.rest;
      } else {
        line += prefix.first;
        prefix.used = true;
      }
    }
    return line;
  }

  /** Of items that begin on the line of the item around them. */
  #unusedPrefixes(): string {
    let line = "";
    for (const prefix of this.#prefixes) {
      if (!prefix.used) line += prefix.first;
      prefix.used = true;
    }
    return line;
  }
}

/** A value in a JSON text and where it stands; comments are skipped. */
export interface JsonNode {
  readonly start: number;
  readonly end: number;
  readonly value: unknown;
  readonly members?: readonly JsonMember[];
  readonly items?: readonly JsonNode[];
}

export interface JsonMember {
  readonly key: string;
  /** Where its key begins. */
  readonly start: number;
  readonly node: JsonNode;
}

/** @throws SyntaxError if it is no JSON object */
export function parseJsonObject(text: string): JsonNode {
  const root = new JsonText(text).read();
  if (root.members === undefined) throw new SyntaxError("Cannot edit the settings: no JSON object");
  return root;
}

/** Puts `value` at the end of the list at `path`, making what is missing; all else stays. */
export function appendIn(text: string, path: readonly string[], value: unknown): string {
  let node = parseJsonObject(text);
  for (const [depth, key] of path.entries()) {
    const next = node.members?.find((member) => member.key === key)?.node;
    if (next === undefined) {
      const rest = path.slice(depth + 1);
      const made = rest.reduceRight<unknown>((inner, name) => ({ [name]: inner }), [value]);
      return insert(text, node, `${JSON.stringify(key)}: ${pretty(made, depth + 1)}`, depth + 1);
    }
    node = next;
  }
  if (node.items === undefined) throw new SyntaxError("Cannot edit the settings: no list");
  return insert(text, node, pretty(value, path.length + 1), path.length + 1);
}

/** Takes an item or member out, with the comma that belongs to it. */
export function removeAt(text: string, node: JsonNode, at: number): string {
  const all = node.members ?? node.items ?? [];
  const ends = all.map((each) => "node" in each ? each.node.end : each.end);
  const [first, last] = [all[at]?.start, ends[at]];
  if (first === undefined || last === undefined) return text;
  const before = ends[at - 1];
  const after = all[at + 1]?.start;
  if (before !== undefined) return text.slice(0, before) + text.slice(last);
  if (after !== undefined) return text.slice(0, first) + text.slice(after);
  return text.slice(0, node.start + 1) + text.slice(node.end - 1);
}

function insert(text: string, into: JsonNode, piece: string, depth: number): string {
  const all = into.members ?? into.items ?? [];
  const last = all.at(-1);
  const indent = "  ".repeat(depth);
  if (last === undefined) {
    const close = `\n${"  ".repeat(depth - 1)}`;
    return `${text.slice(0, into.start + 1)}\n${indent}${piece}${close}${text.slice(into.end - 1)}`;
  }
  const end = "node" in last ? last.node.end : last.end;
  return `${text.slice(0, end)},\n${indent}${piece}${text.slice(end)}`;
}

function pretty(value: unknown, depth: number): string {
  return JSON.stringify(value, undefined, 2).replaceAll("\n", `\n${"  ".repeat(depth)}`);
}

class JsonText {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  read(): JsonNode {
    const node = this.#value();
    this.#skip();
    if (this.#at < this.#text.length) throw this.#wrong();
    return node;
  }

  #value(): JsonNode {
    this.#skip();
    const start = this.#at;
    const char = this.#text[start];
    if (char === "{") return this.#object(start);
    if (char === "[") return this.#list(start);
    const [word] = /^("(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*|true|false|null)/s.exec(
      this.#text.slice(start),
    ) ?? [];
    if (word === undefined) throw this.#wrong();
    this.#at += word.length;
    return { start, end: this.#at, value: JSON.parse(word) };
  }

  #object(start: number): JsonNode {
    const members: JsonMember[] = [];
    this.#each("}", () => {
      const key = this.#value();
      if (typeof key.value !== "string") throw this.#wrong();
      this.#take(":");
      members.push({ key: key.value, start: key.start, node: this.#value() });
    });
    const value = Object.fromEntries(members.map(({ key, node }) => [key, node.value]));
    return { start, end: this.#at, value, members };
  }

  #list(start: number): JsonNode {
    const items: JsonNode[] = [];
    this.#each("]", () => void items.push(this.#value()));
    return { start, end: this.#at, value: items.map(({ value }) => value), items };
  }

  #each(close: string, read: () => void): void {
    this.#at += 1;
    for (let isFirst = true;; isFirst = false) {
      this.#skip();
      if (this.#text[this.#at] === close) break;
      if (!isFirst) this.#take(",");
      this.#skip();
      if (this.#text[this.#at] === close) break; // a comma too many, where comments are allowed
      read();
    }
    this.#at += 1;
  }

  #take(char: string): void {
    this.#skip();
    if (this.#text[this.#at] !== char) throw this.#wrong();
    this.#at += 1;
  }

  #skip(): void {
    const [blank = ""] = /^(?:\s|\/\/[^\n]*|\/\*[\s\S]*?\*\/|\ufeff)*/.exec(
      this.#text.slice(this.#at),
    ) ?? [];
    this.#at += blank.length;
  }

  #wrong(): SyntaxError {
    return new SyntaxError(`Cannot read the settings: not JSON at ${this.#at}`);
  }
}

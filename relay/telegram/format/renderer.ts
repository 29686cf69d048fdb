import type {
  Blockquote,
  Code,
  Definition,
  FootnoteDefinition,
  List,
  ListItem,
  Nodes,
  Root,
  RootContent,
  Table,
} from "mdast";
import { Phrasing } from "./phrasing.ts";
import type { RichText } from "./rich_text.ts";
import { drawTable } from "./table.ts";
import { Writer } from "./writer.ts";

/** A quote longer than this, in lines or in UTF-16 units, opens when it is touched. */
export const QUOTE_LINES_MAX = 6;
export const QUOTE_UNITS_MAX = 500;

/** The most that the names of columns may add to a table that is told row by row, in units. */
export const ROW_NAMES_UNITS_MAX = 4_000;

const BULLETS = ["•", "◦", "▪"] as const;
const RULE = "─".repeat(10);

/** Renders one document. */
export class Renderer {
  readonly #source: string;
  readonly #phrasing: Phrasing;
  readonly #definitions = new Map<string, Definition>();
  readonly #referred = new Set<string>();
  readonly #notes: FootnoteDefinition[] = [];
  #lists = 0;
  #quotes = 0;

  constructor(source: string, resolve: (address: string) => string | undefined = () => undefined) {
    this.#source = source;
    this.#phrasing = new Phrasing({
      addressOf: (identifier) => this.#definitions.get(identifier)?.url,
      resolve,
      source: (node) => this.#sourceOf(node),
    });
  }

  render(root: Root): RichText {
    this.#note(root);
    const writer = new Writer();
    this.#blocks(root.children, writer);
    for (const note of this.#notes) {
      writer.break(writer.rich.text === "" || note === this.#notes[0] ? 2 : 1);
      const label = `[${note.label ?? note.identifier}] `;
      writer.prefixed(label, "   ", () => this.#blocks(note.children, writer));
    }
    return writer.rich;
  }

  /** What is referred to stands anywhere in the document. */
  #note(node: Nodes): void {
    if (node.type === "definition" && !this.#definitions.has(node.identifier)) {
      this.#definitions.set(node.identifier, node);
    } else if (node.type === "linkReference" || node.type === "imageReference") {
      this.#referred.add(node.identifier);
    } else if (node.type === "footnoteDefinition") this.#notes.push(node);
    if ("children" in node) { for (const child of node.children) this.#note(child); }
  }

  /** Blank lines between blocks stay: one for any number. */
  #blocks(nodes: readonly RootContent[], to: Writer): void {
    let above: RootContent | undefined;
    for (const node of nodes) {
      if (node.type === "footnoteDefinition") continue;
      if (above) to.break(linesBetween(above, node) > 1 ? 2 : 1);
      this.#block(node, to);
      above = node;
    }
  }

  #block(node: RootContent, to: Writer): void {
    switch (node.type) {
      case "paragraph":
        return this.#phrasing.write(node.children, to);
      case "heading":
        return to.styled("bold", () => {
          if (node.depth <= 2) return this.#phrasing.write(node.children, to);
          to.styled("italic", () => this.#phrasing.write(node.children, to));
        });
      case "thematicBreak":
        return to.write(RULE);
      case "html":
        return to.write(node.value);
      case "code":
        return this.#code(node, to);
      case "blockquote":
        return this.#quote(node, to);
      case "list":
        return this.#list(node, to);
      case "table":
        return this.#table(node, to);
      case "definition":
        // One that nothing refers to is most often a line of text, such as "[error]: gone".
        if (this.#unused(node)) to.write(this.#sourceOf(node));
        return;
      case "listItem":
        return this.#blocks(node.children, to);
      case "footnoteDefinition":
      case "tableRow":
      case "tableCell":
      case "yaml":
        return;
      default:
        return this.#phrasing.write([node], to);
    }
  }

  #unused(node: Definition): boolean {
    return !this.#referred.has(node.identifier) || this.#definitions.get(node.identifier) !== node;
  }

  #code({ value, lang, meta }: Code, to: Writer): void {
    const named = lang && /^[\w+#.-]{1,32}$/.test(lang) ? lang : undefined;
    const title = [named === undefined ? lang : undefined, meta].filter(Boolean).join(" ");
    if (title !== "") {
      to.styled("code", () => to.write(title));
      to.break(1);
    }
    to.pre(value, named);
  }

  #quote(node: Blockquote, to: Writer): void {
    if (this.#quotes > 0) {
      // Telegram has no quotes in quotes.
      to.prefixed("│ ", "│ ", () => this.#blocks(node.children, to));
      return;
    }
    this.#quotes++;
    to.quote(
      (text) => isLong(text) ? "expandable_blockquote" : "blockquote",
      () => this.#blocks(node.children, to),
    );
    this.#quotes--;
  }

  #list(list: List, to: Writer): void {
    const bullet = BULLETS[this.#lists % BULLETS.length]!;
    this.#lists++;
    let above: ListItem | undefined;
    for (const [index, item] of list.children.entries()) {
      if (above) to.break(linesBetween(above, item) > 1 ? 2 : 1);
      const mark = list.ordered ? `${(list.start ?? 1) + index}.` : bullet;
      const box = item.checked === true ? "☑ " : item.checked === false ? "☐ " : "";
      const first = list.ordered || box === "" ? `${mark} ${box}` : box;
      to.prefixed(first, "   ", () => this.#blocks(item.children, to));
      above = item;
    }
    this.#lists--;
  }

  #table(table: Table, to: Writer): void {
    const cells = table.children.map((row) =>
      row.children.map((cell) => {
        const flat = new Writer();
        this.#phrasing.write(cell.children, flat, true);
        return flat.rich.text.trim();
      })
    );
    const drawn = drawTable(cells, table.align ?? []);
    if (drawn !== undefined) return to.pre(drawn, undefined);
    this.#tableByRows(table, cells[0] ?? [], to);
  }

  /** A table too wide for columns: a bullet for each row, its cells below each other. */
  #tableByRows(table: Table, names: readonly string[], to: Writer): void {
    const [head, ...rows] = table.children;
    const named = names.join("").length * rows.length <= ROW_NAMES_UNITS_MAX && rows.length > 0;
    for (const row of named ? rows : [head!, ...rows]) {
      to.break(1);
      to.prefixed("• ", "   ", () => {
        const columns = Math.max(row.children.length, named ? names.length : 0);
        for (let column = 0; column < columns; column++) {
          const cell = row.children[column]?.children ?? [];
          const name = named ? names[column] ?? "" : "";
          to.break(1);
          const colon = cell.length > 0 ? ": " : ":";
          if (name !== "") to.write(name.replaceAll("\n", " ") + colon);
          if (column > 0) this.#phrasing.write(cell, to);
          else if (cell.length > 0) to.styled("bold", () => this.#phrasing.write(cell, to));
        }
      });
    }
    to.break(1);
  }

  #sourceOf({ position }: Nodes): string {
    return this.#source.slice(position?.start.offset ?? 0, position?.end.offset ?? 0);
  }
}

function linesBetween(above: Nodes, below: Nodes): number {
  return (below.position?.start.line ?? 0) - (above.position?.end.line ?? 0);
}

function isLong(text: string): boolean {
  return text.length > QUOTE_UNITS_MAX || text.split("\n").length > QUOTE_LINES_MAX;
}

import type { PhrasingContent } from "mdast";
import { telegramUrl } from "./telegram_url.ts";
import type { Writer } from "./writer.ts";

export interface PhrasingParts {
  /** The address of a reference, by its identifier. */
  readonly addressOf: (identifier: string) => string | undefined;
  /** Another address for one that Telegram would refuse. */
  readonly resolve: (address: string) => string | undefined;
  /** What stands in the source between two offsets. */
  readonly source: (node: PhrasingContent) => string;
}

/** Writes what stands in a line. */
export class Phrasing {
  readonly #parts: PhrasingParts;

  constructor(parts: PhrasingParts) {
    this.#parts = parts;
  }

  /** `flat`: without entities, addresses behind the text. */
  write(nodes: readonly PhrasingContent[], to: Writer, flat = false): void {
    for (const node of nodes) this.#one(node, to, flat);
  }

  #one(node: PhrasingContent, to: Writer, flat: boolean): void {
    switch (node.type) {
      case "text":
        return to.write(node.value);
      case "inlineCode":
        return to.styled("code", () => to.write(node.value));
      case "break":
        return to.break(1);
      case "html":
        return /^<br\s*\/?>$/i.test(node.value) ? to.break(1) : to.write(node.value);
      case "strong":
        return to.styled("bold", () => this.write(node.children, to, flat));
      case "emphasis":
        return to.styled("italic", () => this.write(node.children, to, flat));
      case "delete":
        return to.styled("strikethrough", () => this.write(node.children, to, flat));
      case "link":
        return this.#link(node.url, to, flat, () => this.write(node.children, to, flat));
      case "linkReference": {
        const address = this.#parts.addressOf(node.identifier);
        if (address === undefined) return to.write(this.#parts.source(node));
        return this.#link(address, to, flat, () => this.write(node.children, to, flat));
      }
      case "image":
        return this.#image(node.alt ?? "", node.url, to, flat);
      case "imageReference": {
        const address = this.#parts.addressOf(node.identifier);
        if (address === undefined) return to.write(this.#parts.source(node));
        return this.#image(node.alt ?? "", address, to, flat);
      }
      case "footnoteReference":
        return to.write(`[${node.label ?? node.identifier}]`);
      default:
        return node satisfies never;
    }
  }

  #image(alt: string, address: string, to: Writer, flat: boolean): void {
    const shown = /^data:/i.test(address) ? embedded(address) : address;
    this.#link(shown, to, flat, () => to.write(`🖼 ${alt || lastName(shown)}`));
  }

  #link(address: string, to: Writer, flat: boolean, label: () => void): void {
    const target = telegramUrl(address) ?? this.#resolved(address);
    const before = to.rich.text.length;
    if (target === undefined || flat) label();
    else to.link(target, label);
    const text = to.rich.text.slice(before).trim();
    if (text === "") return to.write(address);
    const said = address === "" || text === address ||
      /^(mailto|tel|xmpp|https?):/i.test(address) &&
        address.replace(/^[a-z]+:(\/\/)?/i, "") === text;
    if (!said && (target === undefined || flat)) to.write(` (${address})`);
  }

  #resolved(address: string): string | undefined {
    const other = this.#parts.resolve(address);
    return other === undefined ? undefined : telegramUrl(other);
  }
}

/** Of an image that stands in the text itself only what it is: its bytes are no text. */
function embedded(address: string): string {
  return /^data:[\w.+-]+\/[\w.+-]+/i.exec(address)?.[0] ?? "data:";
}

function lastName(address: string): string {
  return address.replace(/[?#].*$/s, "").split("/").findLast((part) => part !== "") ?? "image";
}

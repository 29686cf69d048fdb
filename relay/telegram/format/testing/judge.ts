import type { Nodes } from "mdast";
import type { MessageEntity } from "grammy/types";
import { cleanText } from "../clean_text.ts";
import { parseMarkdown } from "../parse_markdown.ts";
import { pieces } from "../pieces.ts";
import type { RichText } from "../rich_text.ts";

/** What is wrong with a message, in words; empty for one that Telegram shows as it is. */
export function messageProblems(
  { text, entities }: RichText,
  limits = { units: 4_096, entities: 100 },
): string[] {
  const problems: string[] = [];
  if (text.length > limits.units) problems.push(`${text.length} units`);
  if (text === "" || text !== text.replace(/^[ \n]+|[ \n]+$/g, "")) problems.push("not trimmed");
  if (!text.isWellFormed()) problems.push("half a surrogate pair");
  if (cleanText(text, { code: true }) !== text) problems.push("holds what Telegram changes");
  if (entities.length > limits.entities) problems.push(`${entities.length} entities`);
  const open: MessageEntity[] = [];
  for (const [index, entity] of entities.entries()) {
    const end = entity.offset + entity.length;
    const named = `${entity.type} ${entity.offset}+${entity.length}`;
    if (entity.offset < 0 || entity.length < 1 || end > text.length) {
      problems.push(`${named} is not in the text`);
      continue;
    }
    if (/^[ \n]/.test(text.slice(entity.offset, end))) problems.push(`${named} begins with space`);
    if (splitsPair(text, entity.offset) || splitsPair(text, end)) {
      problems.push(`${named} splits a surrogate pair`);
    }
    const before = entities[index - 1];
    if (
      before && (before.offset > entity.offset ||
        before.offset === entity.offset && before.length < entity.length)
    ) problems.push(`${named} is not sorted`);
    while (open.length > 0 && open.at(-1)!.offset + open.at(-1)!.length <= entity.offset) {
      open.pop();
    }
    for (const outer of open) problems.push(...nestingProblems(outer, entity, named));
    open.push(entity);
  }
  return problems;
}

function nestingProblems(outer: MessageEntity, entity: MessageEntity, named: string): string[] {
  const problems: string[] = [];
  if (entity.offset + entity.length > outer.offset + outer.length) {
    problems.push(`${named} crosses ${outer.type}`);
  }
  if (outer.type === "pre" || outer.type === "code") problems.push(`${named} in ${outer.type}`);
  if (outer.type === entity.type) problems.push(`${named} in its like`);
  const quotes = ["blockquote", "expandable_blockquote"];
  if (quotes.includes(entity.type) && quotes.includes(outer.type)) {
    problems.push(`${named} is a quote in a quote`);
  }
  const solid = ["pre", "code", "text_link"];
  if (outer.type === "text_link" && solid.includes(entity.type)) {
    problems.push(`${named} in a link`);
  }
  return problems;
}

function splitsPair(text: string, at: number): boolean {
  return /^[\ud800-\udbff][\udc00-\udfff]$/.test(text.slice(at - 1, at + 1));
}

/** `text` without white space and what else Telegram takes for empty: that may go at a cut. */
export function ink(text: string): string {
  return text.replace(/[\s\u180e\u200b-\u200f\u2800\ufeff\ufffc]/g, "");
}

/**
 * The first piece of text that Markdown shows and `shown` does not, in its order; `undefined` when
 * nothing is lost. Footnotes and the heads of tables may stand elsewhere, in an order of their
 * own. Only letters and digits count: marks change on the way.
 */
export function lostText(markdown: string, shown: string): string | undefined {
  const all = letters(shown);
  if (all === letters(markdown)) return undefined;
  const groups: string[][] = [[]];
  for (const piece of pieces(markdown.toWellFormed())) {
    const root = parseMarkdown(piece);
    if (root === undefined) groups[0]!.push(piece);
    else collect(root, groups[0]!, groups);
  }
  for (const group of groups) {
    let at = 0;
    for (const leaf of group) {
      for (const letter of letters(leaf)) {
        const next = all.indexOf(letter, at);
        if (next < 0) return leaf;
        at = next + letter.length;
      }
    }
  }
  return undefined;
}

function collect(node: Nodes, into: string[], groups: string[][]): void {
  if (node.type === "html" && /^<br\s*\/?>$/i.test(node.value)) return;
  if ("value" in node && typeof node.value === "string") into.push(node.value);
  if ("alt" in node && typeof node.alt === "string") into.push(node.alt);
  if (!("children" in node)) return;
  for (const [index, child] of node.children.entries()) {
    const apart = child.type === "footnoteDefinition" || node.type === "table" && index === 0;
    if (apart) groups.push([]);
    collect(child, apart ? groups.at(-1)! : into, groups);
  }
}

function letters(text: string): string {
  return cleanText(text).normalize("NFC").replace(/[^\p{L}\p{N}]/gu, "");
}

import { isTooCostlyMarkdown } from "@chatcode/kit";
import type { Root } from "mdast";
import { fromMarkdown } from "mdast-util-from-markdown";
import { gfmFromMarkdown } from "mdast-util-gfm";
import { gfm } from "micromark-extension-gfm";

const options = { extensions: [gfm()], mdastExtensions: [gfmFromMarkdown()] };

/**
 * CommonMark with GitHub's tables, task lists and the like, as a tree. HTML in it stays text. What
 * would hold up the page for too long comes as it was written.
 */
export function parseMarkdown(text: string): Root {
  if (isTooCostlyMarkdown(text)) return { type: "root", children: [{ type: "code", value: text }] };
  return fromMarkdown(text, options);
}

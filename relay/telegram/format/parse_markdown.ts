import { isTooCostlyMarkdown } from "@chatcode/kit";
import type { Root } from "mdast";
import { fromMarkdown } from "mdast-util-from-markdown";
import { gfmFromMarkdown } from "mdast-util-gfm";
import { gfm } from "micromark-extension-gfm";

/**
 * GitHub's Markdown as a tree; `undefined` for what the parser would take too long for. One tilde
 * strikes nothing through: paths begin with it.
 * @throws {RangeError} if it is nested deeper than the stack
 */
export function parseMarkdown(markdown: string): Root | undefined {
  if (isTooCostlyMarkdown(markdown)) return undefined;
  return fromMarkdown(markdown, {
    extensions: [gfm({ singleTilde: false })],
    mdastExtensions: [gfmFromMarkdown()],
  });
}

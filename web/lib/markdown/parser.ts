import type { Root } from "mdast";
import { fromMarkdown } from "mdast-util-from-markdown";
import { gfmFromMarkdown } from "mdast-util-gfm";
import { gfm } from "micromark-extension-gfm";

const options = { extensions: [gfm()], mdastExtensions: [gfmFromMarkdown()] };

/** CommonMark with GitHub's tables, task lists and the like, as a tree. HTML in it stays text. */
export function parseMarkdown(text: string): Root {
  return fromMarkdown(text, options);
}

import type { Element, ElementContent, Root } from "hast";
import { fromMarkdown } from "mdast-util-from-markdown";
import { gfmFromMarkdown } from "mdast-util-gfm";
import { type State, toHast } from "mdast-util-to-hast";
import type { Code, Html, Image } from "mdast";
import { gfm } from "micromark-extension-gfm";
import { element } from "./element.ts";
import { coloured } from "./text_page.ts";

/** Where a link may lead. Others, and those to files beside this one, are shown as text. */
const LINK = /^(https?:|mailto:|#)/i;

/** Markdown as prose. HTML in it is shown as it is written; pictures of others as their words. */
export function markdownContent(text: string): ElementContent[] {
  const tree = fromMarkdown(text, {
    extensions: [gfm()],
    mdastExtensions: [gfmFromMarkdown()],
  });
  const hast = toHast(tree, {
    handlers: {
      html: (_: State, { value }: Html) => ({ type: "text", value }),
      image: (_: State, { alt, url }: Image) => ({ type: "text", value: `[${alt || url}]` }),
      imageReference: (_: State, { alt }: Image) => ({
        type: "text",
        value: `[${alt ?? "image"}]`,
      }),
      code: (_: State, { value, lang }: Code) =>
        element("pre", {}, element("code", {}, ...coloured(value, (lang ?? "").toLowerCase()))),
    },
  });
  checkLinks(hast as Root);
  return [element("article", { className: ["prose"] }, ...(hast as Root).children as Element[])];
}

function checkLinks(node: Root | ElementContent): void {
  if (!("children" in node)) return;
  if (node.type === "element" && node.tagName === "a") {
    const href = String(node.properties.href ?? "");
    if (!LINK.test(href)) delete node.properties.href;
    else if (!href.startsWith("#")) node.properties.rel = ["noopener", "noreferrer", "nofollow"];
    if (!href.startsWith("#")) node.properties.target = "_blank";
  }
  for (const child of node.children) if (child.type !== "doctype") checkLinks(child);
}

import type { ElementContent } from "hast";
import { common, createLowlight } from "lowlight";
import { element } from "./element.ts";

const lowlight = createLowlight(common);

/** Code with colours if its language is known, else plain text. */
export function textContent(text: string, name: string): ElementContent[] {
  const language = name.slice(name.lastIndexOf(".") + 1).toLowerCase();
  return [element("pre", {}, element("code", {}, ...coloured(text, language)))];
}

export function coloured(text: string, language: string): (ElementContent | string)[] {
  if (!lowlight.registered(language)) return [text];
  const { children } = lowlight.highlight(language, text);
  return children.filter((child): child is ElementContent => child.type !== "doctype");
}

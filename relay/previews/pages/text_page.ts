import type { ElementContent } from "hast";
import { common, createLowlight } from "lowlight";
import { element } from "./element.ts";

/** Longer text is shown without colours: to find them could take the relay too long. */
const MAX_COLOURED = 48 * 1024;

const lowlight = createLowlight(common);

/** Code with colours if its language is known, else plain text. */
export function textContent(text: string, name: string): ElementContent[] {
  const language = name.slice(name.lastIndexOf(".") + 1).toLowerCase();
  return [element("pre", {}, element("code", {}, ...coloured(text, language)))];
}

export function coloured(text: string, language: string): (ElementContent | string)[] {
  if (text.length > MAX_COLOURED || !lowlight.registered(language)) return [text];
  const { children } = lowlight.highlight(language, text);
  return children.filter((child): child is ElementContent => child.type !== "doctype");
}

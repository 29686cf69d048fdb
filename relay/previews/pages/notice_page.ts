import type { ElementContent } from "hast";
import { element } from "./element.ts";

/** A few words in place of a file. */
export function noticeContent(
  title: string,
  text: string,
  links: ElementContent[] = [],
): ElementContent[] {
  return [element(
    "section",
    { className: ["notice"] },
    element("h2", {}, title),
    element("p", {}, text),
    ...links,
  )];
}

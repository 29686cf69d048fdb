import type { ElementContent } from "hast";
import { toHtml } from "hast-util-to-html";
import { element } from "./element.ts";
import { STYLE } from "./style.ts";

/** What the top of a page says. */
export interface PageHead {
  readonly name: string;
  readonly size?: number;
  readonly modifiedAtMs?: number;
  /** Which piece of the file this is, of how many; from 1. */
  readonly page?: { readonly number: number; readonly count: number };
  /** Whether the bytes can be had. */
  readonly canDownload: boolean;
  /** The page around it says what the file is: only its pages are told. */
  readonly isFramed?: boolean;
}

/** A whole page around `content`: no script, no address of others, nothing but its own style. */
export function pageHtml(head: PageHead, content: ElementContent[]): string {
  return "<!doctype html>\n" + toHtml(element(
    "html",
    { lang: "en" },
    element(
      "head",
      {},
      element("meta", { charSet: "utf-8" }),
      element("meta", { name: "viewport", content: "width=device-width, initial-scale=1" }),
      element("meta", { name: "color-scheme", content: "light dark" }),
      element("link", { rel: ["icon"], href: "data:," }), // else browsers ask for one
      element("title", {}, head.name),
      element("style", {}, STYLE),
    ),
    element("body", {}, ...header(head), element("main", {}, ...content), ...pager(head, "below")),
  ));
}

/** Lets this style, and no other, into a page. */
export const STYLE_HASH = btoa(
  String.fromCharCode(
    ...new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(STYLE))),
  ),
);

function header(head: PageHead): ElementContent[] {
  const above = pager(head, "above");
  if (head.isFramed) return above.length === 0 ? [] : [element("header", {}, ...above)];
  const facts = [
    head.size === undefined ? "" : sizeText(head.size),
    head.modifiedAtMs === undefined ? "" : dateText(head.modifiedAtMs),
  ].filter((fact) => fact !== "");
  return [element(
    "header",
    {},
    element("h1", {}, head.name),
    element("p", {}, facts.join(" · ")),
    ...(head.canDownload ? [element("a", { href: "?download", download: "" }, "Download")] : []),
    ...above,
  )];
}

function pager({ page, isFramed }: PageHead, where: string): ElementContent[] {
  if (page === undefined || page.count < 2) return [];
  const link = (number: number, text: string) =>
    number < 1 || number > page.count
      ? element("span", {}, text)
      : element("a", { href: `?page=${number}${isFramed ? "&framed" : ""}` }, text);
  return [element(
    "nav",
    { className: ["pager"], ariaLabel: `Pages, ${where}` },
    link(page.number - 1, "Back"),
    element("span", {}, `Page ${page.number} of ${page.count}`),
    link(page.number + 1, "Next"),
  )];
}

export function sizeText(bytes: number): string {
  const units = ["bytes", "KB", "MB", "GB", "TB"];
  let value = bytes;
  let unit = 0;
  for (; value >= 1000 && unit < units.length - 1; unit++) value /= 1000;
  return `${unit === 0 ? value : value.toFixed(value < 10 ? 1 : 0)} ${units[unit]}`;
}

function dateText(atMs: number): string {
  return `${new Date(atMs).toISOString().slice(0, 16).replace("T", " ")} UTC`;
}

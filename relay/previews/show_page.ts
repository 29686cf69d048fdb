import type { OpenedFile } from "../files/download.ts";
import { element } from "./pages/element.ts";
import { noticeContent } from "./pages/notice_page.ts";
import { pageHtml, sizeText } from "./pages/page.ts";
import {
  decodeText,
  linesOfPage,
  pageCount,
  rangeOfPage,
  TEXT_PAGE_BYTES,
} from "./pages/text_piece.ts";
import type { PageRenderer } from "./page_renderer.ts";
import type { OpenRange } from "./raw_response.ts";
import type { ShownAs } from "./shown_as.ts";

export interface PageWish {
  readonly open: OpenRange;
  readonly renderer: PageRenderer;
  readonly shown: ShownAs;
  readonly query: URLSearchParams;
}

/** A file as a page to read. */
export async function showPage(
  { open, renderer, shown, query }: PageWish,
): Promise<{ html: string; etag: string }> {
  const number = Math.min(1_000_000, Math.max(1, Math.floor(Number(query.get("page")) || 1)));
  const isText = shown !== "none" && shown !== "raw";
  const file = await open(isText ? rangeOfPage(number) : { start: 0, end: 0 });
  const { name, size, modifiedAtMs, version } = file.facts;
  const isFramed = query.has("framed");
  const etag = `"${version}-${number}${isFramed ? "-framed" : ""}"`;
  const head = { name, size, modifiedAtMs, canDownload: true, isFramed };
  if (!isText) {
    file.cancel();
    return { html: pageHtml(head, unknown(size)), etag };
  }
  const text = decodeText(linesOfPage(await readAll(file), number));
  if (text === undefined) return { html: pageHtml(head, unknown(size)), etag };
  const count = pageCount(size);
  // A piece of a long Markdown file is not Markdown.
  const html = await renderer.render({
    shown: shown === "markdown" && count > 1 ? "text" : shown,
    text,
    head: { ...head, page: { number, count } },
  });
  return { html, etag };
}

/** At most one page and what is looked ahead. */
async function readAll(file: OpenedFile): Promise<Uint8Array> {
  const { start, end } = file.facts;
  const bytes = new Uint8Array(Math.min(end - start, 2 * TEXT_PAGE_BYTES));
  let length = 0;
  for await (const piece of file.body) {
    bytes.set(piece, length);
    length += piece.length;
  }
  return bytes.subarray(0, length);
}

function unknown(size: number) {
  return noticeContent(
    "No preview for this kind of file",
    `Download its ${sizeText(size)} to open it with a program of your own.`,
    [element("a", { className: ["button"], href: "?download", download: "" }, "Download")],
  );
}

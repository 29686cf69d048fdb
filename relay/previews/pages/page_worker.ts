/**
 * Makes pages in a thread of its own: a hostile text can keep a parser busy for seconds, and only this
 * thread waits then.
 * @module
 */
import { diffContent } from "./diff_page.ts";
import { markdownContent } from "./markdown_page.ts";
import { type PageHead, pageHtml } from "./page.ts";
import { textContent } from "./text_page.ts";

export interface PageJob {
  readonly shown: "text" | "markdown" | "diff";
  readonly text: string;
  readonly head: PageHead;
}

/** `html` is missing if no page can be made of it. */
export type PageWord = { type: "ready" } | { type: "page"; html?: string };

/** What a worker's scope has of use here; naming its library would change every file's globals. */
interface WorkerScope {
  onmessage: ((event: MessageEvent<PageJob>) => void) | null;
  postMessage(word: PageWord): void;
}

const scope = globalThis as unknown as WorkerScope;

scope.onmessage = ({ data }) => {
  let word: PageWord = { type: "page" };
  try {
    word = { type: "page", html: htmlOf(data) };
  } catch {
    // Nested too deep for the stack: whoever asked shows the plain text.
  }
  scope.postMessage(word);
};
scope.postMessage({ type: "ready" });

function htmlOf({ shown, text, head }: PageJob): string {
  switch (shown) {
    case "markdown":
      return pageHtml(head, markdownContent(text));
    case "diff":
      return pageHtml(head, diffContent(text));
    case "text":
      return pageHtml(head, textContent(text, head.name));
  }
}

import type { parseMarkdown } from "./parser.ts";

let loading: Promise<typeof parseMarkdown> | undefined;

/** The parser, loaded once. */
export function loadMarkdown(): Promise<typeof parseMarkdown> {
  return loading ??= import("./parser.ts").then(({ parseMarkdown }) => parseMarkdown, (error) => {
    loading = undefined; // the next one tries again
    throw error;
  });
}

import type { highlight } from "./highlighter.ts";

/** Longer code is shown plain: highlighting it would hold up the page. In UTF-16 units. */
export const MAX_HIGHLIGHTED = 20_000;

let loading: Promise<typeof highlight> | undefined;

/** The highlighter with the usual languages, loaded once. */
export function loadHighlighter(): Promise<typeof highlight> {
  return loading ??= import("./highlighter.ts").then(({ highlight }) => highlight, (error) => {
    loading = undefined; // the next one tries again
    throw error;
  });
}

import type { Root } from "hast";

/** Code as a tree of spans with classes `hljs-…`; undefined for a language nobody knows. */
export type Highlight = (code: string, language: string) => Root | undefined;

/** Longer code is shown plain: highlighting it would hold up the page. In UTF-16 units. */
export const MAX_HIGHLIGHTED = 20_000;

let loading: Promise<Highlight> | undefined;

/** The highlighter with the usual languages, loaded once. */
export function loadHighlighter(): Promise<Highlight> {
  return loading ??= load().catch((error) => {
    loading = undefined; // the next one tries again
    throw error;
  });
}

async function load(): Promise<Highlight> {
  const { common, createLowlight } = await import("lowlight");
  const lowlight = createLowlight(common);
  return (code, language) =>
    lowlight.registered(language) ? lowlight.highlight(language, code) : undefined;
}

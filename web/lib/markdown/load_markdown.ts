import type { Root } from "mdast";

/** Markdown as a tree. HTML in it stays text. */
export type ParseMarkdown = (text: string) => Root;

let loading: Promise<ParseMarkdown> | undefined;

/** The parser for CommonMark with GitHub's tables, task lists and the like, loaded once. */
export function loadMarkdown(): Promise<ParseMarkdown> {
  return loading ??= load().catch((error) => {
    loading = undefined; // the next one tries again
    throw error;
  });
}

async function load(): Promise<ParseMarkdown> {
  const [{ fromMarkdown }, { gfm }, { gfmFromMarkdown }] = await Promise.all([
    import("mdast-util-from-markdown"),
    import("micromark-extension-gfm"),
    import("mdast-util-gfm"),
  ]);
  const extensions = [gfm()];
  const mdastExtensions = [gfmFromMarkdown()];
  return (text) => fromMarkdown(text, { extensions, mdastExtensions });
}

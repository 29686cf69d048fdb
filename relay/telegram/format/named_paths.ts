import { filePath, linkedPath, splitPaths } from "@chatcode/kit";
import type { Definition, Nodes } from "mdast";
import { parseMarkdown } from "./parse_markdown.ts";
import { pieces } from "./pieces.ts";

/**
 * The first `max` plausible paths that a Markdown text names, each once and in their order: where the
 * page makes them links, so in inline code, links and prose, and not in blocks of code. Never throws.
 */
export function namedPaths(markdown: string, max: number): string[] {
  const found = new Set<string>();
  for (const piece of pieces(markdown.toWellFormed())) {
    for (const path of pathsIn(piece)) {
      if (found.size >= max) return [...found];
      found.add(path);
    }
  }
  return [...found];
}

/** None in what is shown as it was written. */
function pathsIn(piece: string): string[] {
  try {
    const root = parseMarkdown(piece);
    if (root === undefined) return [];
    const definitions = root.children.filter((node) => node.type === "definition");
    return pathsOf(root, new Map(definitions.map((node) => [node.identifier, node])));
  } catch (error) {
    if (error instanceof RangeError) return []; // nested deeper than the stack
    throw error;
  }
}

function pathsOf(node: Nodes, definitions: ReadonlyMap<string, Definition>): string[] {
  switch (node.type) {
    case "text":
      return splitPaths(node.value).flatMap(({ path }) => path ?? []);
    case "inlineCode":
      return listed(filePath(node.value));
    case "link":
    case "image":
      return listed(linkedPath(node.url));
    case "linkReference":
    case "imageReference":
      return listed(linkedPath(definitions.get(node.identifier)?.url ?? ""));
    default:
      return "children" in node ? node.children.flatMap((each) => pathsOf(each, definitions)) : [];
  }
}

function listed(path: string | undefined): string[] {
  return path === undefined ? [] : [path];
}

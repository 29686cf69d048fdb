import type { ElementContent } from "hast";
import { element } from "./element.ts";

/** A diff, each line by what it does. */
export function diffContent(text: string): ElementContent[] {
  const lines = text.split("\n").map((line) => {
    const kind = kindOf(line);
    return element("span", kind === undefined ? {} : { className: [kind] }, `${line}\n`);
  });
  return [element("pre", { className: ["diff"] }, ...lines)];
}

function kindOf(line: string): string | undefined {
  if (/^(diff |index |--- |\+\+\+ )/.test(line)) return "file";
  if (line.startsWith("@@")) return "hunk";
  if (line.startsWith("+")) return "added";
  return line.startsWith("-") ? "removed" : undefined;
}

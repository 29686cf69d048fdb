import { countOf, listOf, loose, textOf } from "./loose.ts";

/** A unified diff from hunks as `{oldStart, oldLines, newStart, newLines, lines}`. */
export function hunksDiff(path: string, hunks: readonly unknown[]): string {
  const text = hunks.map((each) => {
    const hunk = loose(each);
    const lines = listOf(hunk.lines).map(textOf).join("\n");
    const [from, to] = [range(hunk.oldStart, hunk.oldLines), range(hunk.newStart, hunk.newLines)];
    return `@@ -${from} +${to} @@\n${lines}`;
  });
  return text.length === 0 ? "" : `${header(path)}${text.join("\n")}\n`;
}

/** A unified diff that replaces `before`, wherever it stands in the file, by `after`. */
export function replaceDiff(path: string, before: string, after: string): string {
  const [from, to] = [lines(before), lines(after)];
  const body = [...from.map((line) => `-${line}`), ...to.map((line) => `+${line}`)].join("\n");
  const hunk = `@@ -${from.length > 0 ? 1 : 0},${from.length} +${
    to.length > 0 ? 1 : 0
  },${to.length} @@`;
  return `${header(path)}${hunk}\n${body}\n`;
}

/** The text between `*** Begin Patch` and its end, as Codex's models write it, as a unified diff. */
export function patchDiff(patch: string): string {
  const out: string[] = [];
  for (const line of lines(patch)) {
    const file = /^\*\*\* (?:Add|Update|Delete) File: (.+)$/.exec(line)?.[1];
    if (file !== undefined) out.push(header(file).trimEnd());
    else if (!line.startsWith("***")) out.push(line === "@@" ? "@@ @@" : line);
  }
  return out.length === 0 ? "" : `${out.join("\n")}\n`;
}

function header(path: string): string {
  return `--- ${path}\n+++ ${path}\n`;
}

function range(start: unknown, length: unknown): string {
  return `${countOf(start)},${countOf(length)}`;
}

function lines(text: string): string[] {
  if (text === "") return [];
  return (text.endsWith("\n") ? text.slice(0, -1) : text).split("\n");
}

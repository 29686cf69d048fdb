export interface DiffLine {
  readonly kind: "added" | "removed" | "same" | "place" | "file";
  readonly text: string;
}

export interface Diff {
  readonly lines: readonly DiffLine[];
  readonly added: number;
  readonly removed: number;
}

/** Lines of the hunk that are still to come, old and new; without numbers it has no end. */
interface Hunk {
  old: number;
  new: number;
}

/** A unified diff, line by line; `---` and `+++` name files only where no hunk is open. */
export function diffLines(diff: string): Diff {
  const lines: DiffLine[] = [];
  let added = 0;
  let removed = 0;
  let hunk: Hunk | undefined;
  for (const text of diff.replace(/\n$/, "").split("\n")) {
    const open = hunk !== undefined && (hunk.old > 0 || hunk.new > 0);
    const sign = text[0];
    if (!open && /^(diff|index|new file|deleted file|rename|similarity|---|\+\+\+) /.test(text)) {
      lines.push({ kind: "file", text });
    } else if (text.startsWith("@@")) {
      hunk = hunkOf(text);
      lines.push({ kind: "place", text });
    } else if (sign === "+") {
      added += 1;
      if (hunk !== undefined) hunk.new -= 1;
      lines.push({ kind: "added", text });
    } else if (sign === "-") {
      removed += 1;
      if (hunk !== undefined) hunk.old -= 1;
      lines.push({ kind: "removed", text });
    } else {
      if (hunk !== undefined && sign !== "\\") {
        hunk.old -= 1;
        hunk.new -= 1;
      }
      lines.push({ kind: "same", text });
    }
  }
  return { lines, added, removed };
}

function hunkOf(header: string): Hunk {
  const match = /^@@ -\d+(?:,(\d+))? \+\d+(?:,(\d+))? @@/.exec(header);
  if (match === null) return { old: Infinity, new: Infinity };
  return { old: Number(match[1] ?? 1), new: Number(match[2] ?? 1) };
}

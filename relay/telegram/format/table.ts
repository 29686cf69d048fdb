import { textWidth } from "./text_width.ts";

/** The widest table that is drawn with columns, in characters; a phone shows about that many. */
export const TABLE_COLUMNS_MAX = 44;

export type TableAlign = "left" | "right" | "center" | null | undefined;

/** The lines of a table with its columns under each other; `undefined` if it is too wide. */
export function drawTable(
  rows: readonly (readonly string[])[],
  align: readonly TableAlign[],
): string | undefined {
  const columns = Math.max(0, ...rows.map((row) => row.length));
  if (columns > TABLE_COLUMNS_MAX) return undefined;
  const widths = Array.from(
    { length: columns },
    (_, column) => Math.max(1, ...rows.map((row) => textWidth(row[column] ?? ""))),
  );
  const width = widths.reduce((sum, each) => sum + each, 0) + (columns - 1) * 3;
  if (width > TABLE_COLUMNS_MAX || rows.some((row) => row.some((cell) => cell.includes("\n")))) {
    return undefined;
  }
  const lines = rows.map((row) =>
    widths.map((each, column) => pad(row[column] ?? "", each, align[column])).join(" │ ").trimEnd()
  );
  lines.splice(1, 0, widths.map((each) => "─".repeat(each)).join("─┼─"));
  return lines.join("\n");
}

function pad(cell: string, width: number, align: TableAlign): string {
  const room = width - textWidth(cell);
  const before = align === "right" ? room : align === "center" ? room >> 1 : 0;
  return " ".repeat(before) + cell + " ".repeat(room - before);
}

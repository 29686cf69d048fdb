import type { Terminal } from "@xterm/xterm";

/** The visible screen as text, without trailing blanks. */
export function screenText({ buffer: { active }, rows }: Terminal): string {
  const lines = Array.from(
    { length: rows },
    (_, y) => active.getLine(active.baseY + y)?.translateToString(true) ?? "",
  );
  return lines.join("\n").trimEnd();
}

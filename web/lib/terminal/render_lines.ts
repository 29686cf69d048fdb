import type { IBufferCell, IBufferLine } from "@xterm/xterm";
import type { Xterm } from "./load_xterm.ts";
import { paletteColour } from "./themes.ts";

/** Terminals are built two columns wide at least. */
const MIN_COLS = 2;

/**
 * History lines as one HTML element each, drawn as the live terminal would: a terminal that is never
 * shown reads the sequences, and its cells become spans.
 */
export async function renderLines(
  xterm: Xterm,
  lines: readonly string[],
  cols: number,
): Promise<HTMLElement[]> {
  const terminal = new xterm.Terminal({
    cols: Math.max(MIN_COLS, cols),
    rows: Math.max(1, lines.length),
    scrollback: 0,
    allowProposedApi: true,
  });
  try {
    terminal.loadAddon(new xterm.UnicodeGraphemesAddon());
    // No wrapping: a line that is too long must not push the others down.
    const text = "\x1b[?7l" + lines.join("\r\n");
    await new Promise<void>((resolve) => terminal.write(text, resolve));
    const buffer = terminal.buffer.active;
    return lines.map((_, y) => {
      const line = buffer.getLine(buffer.baseY + y);
      return line === undefined ? emptyRow() : renderRow(line);
    });
  } finally {
    terminal.dispose();
  }
}

function emptyRow(): HTMLElement {
  const row = document.createElement("div");
  row.className = "h-row";
  return row;
}

function renderRow(line: IBufferLine): HTMLElement {
  const row = emptyRow();
  let text = "";
  let style: CellStyle = PLAIN;
  const flush = () => {
    if (text !== "") row.append(styled(text, style));
    text = "";
  };
  let cell: IBufferCell | undefined;
  let blanks = ""; // plain ones, which are drawn only if something follows
  for (let x = 0; x < line.length; x++) {
    cell = line.getCell(x, cell);
    if (cell === undefined || cell.getWidth() === 0) continue;
    const chars = cell.getChars() || " ";
    const next = styleOf(cell);
    if (chars === " " && next.key === "") {
      blanks += " ";
      continue;
    }
    if (blanks !== "") {
      if (style.key !== "") flush();
      style = PLAIN;
      text += blanks;
      blanks = "";
    }
    const fits = cell.getWidth() === 1 && hasCellWidth(chars);
    if (next.key !== style.key || !fits) flush();
    style = next;
    if (fits) {
      text += chars;
      continue;
    }
    // Its glyph may come from another font: it is given the room of its cells.
    const glyph = styled(chars, style.key === "" ? BARE : style) as HTMLElement;
    glyph.classList.add(cell.getWidth() === 2 ? "h-wide" : "h-cell");
    row.append(glyph);
  }
  flush();
  return row;
}

interface CellStyle {
  /** The same for cells that look the same; empty for plain text. */
  readonly key: string;
  readonly fg: string;
  readonly bg: string;
  readonly classes: readonly string[];
}

const PLAIN: CellStyle = { key: "", fg: "", bg: "", classes: [] };
const BARE: CellStyle = { ...PLAIN, key: "bare" };

function styleOf(cell: IBufferCell): CellStyle {
  if (cell.isAttributeDefault()) return PLAIN;
  const bold = cell.isBold() !== 0;
  let fg = cell.isFgDefault() ? "" : cell.isFgRGB()
    ? rgb(cell.getFgColor())
    // Bold text in one of the first eight colours is drawn bright, as the live terminal does.
    : paletteColour(cell.getFgColor() + (bold && cell.getFgColor() < 8 ? 8 : 0));
  let bg = cell.isBgDefault()
    ? ""
    : cell.isBgRGB()
    ? rgb(cell.getBgColor())
    : paletteColour(cell.getBgColor());
  if (cell.isInverse() !== 0) {
    [fg, bg] = [bg === "" ? "var(--term-bg)" : bg, fg === "" ? "var(--term-fg)" : fg];
  }
  const classes = [
    bold && "h-bold",
    cell.isDim() !== 0 && "h-dim",
    cell.isItalic() !== 0 && "h-italic",
    cell.isUnderline() !== 0 && "h-underline",
    cell.isStrikethrough() !== 0 && "h-strike",
    cell.isInvisible() !== 0 && "h-invisible",
  ].filter((name) => name !== false);
  return { key: `${fg}|${bg}|${classes.join()}`, fg, bg, classes };
}

function styled(text: string, style: CellStyle): Node {
  if (style.key === "") return document.createTextNode(text);
  const span = document.createElement("span");
  span.textContent = text;
  if (style.fg !== "") span.style.color = style.fg;
  if (style.bg !== "") span.style.backgroundColor = style.bg;
  span.classList.add(...style.classes);
  return span;
}

function rgb(colour: number): string {
  return `rgb(${colour >> 16 & 255} ${colour >> 8 & 255} ${colour & 255})`;
}

/** Characters that every monospace font draws one cell wide. */
function hasCellWidth(chars: string): boolean {
  const code = chars.charCodeAt(0);
  return chars.length === 1 && (code < 0x250 || (code >= 0x2500 && code <= 0x259f));
}

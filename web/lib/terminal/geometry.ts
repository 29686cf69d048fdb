/** The size of one cell in CSS pixels. */
export interface Cell {
  readonly width: number;
  readonly height: number;
}

export interface Size {
  readonly cols: number;
  readonly rows: number;
}

/** Smaller is no longer text; the view then scrolls sideways. */
export const MIN_FONT_SIZE = 6;

/** The largest terminal that fits into `width` and `height` pixels, within the protocol's limits. */
export function fit(cell: Cell, width: number, height: number): Size {
  // Half a hundredth of a cell: a width that was computed from the cell must come back.
  const cells = (room: number, one: number) => Math.floor(room / one + 0.005);
  return {
    cols: Math.min(500, Math.max(2, cells(width, cell.width))),
    rows: Math.min(300, Math.max(1, cells(height, cell.height))),
  };
}

/** The font at which `cols` cells are no wider than `width`: at most `wanted`, in half pixels. */
export function fontThatFits(
  { cols, width, cell, fontSize, wanted }: {
    cols: number;
    width: number;
    /** As measured at `fontSize`. */
    cell: Cell;
    fontSize: number;
    wanted: number;
  },
): number {
  const fits = fontSize * width / (cols * cell.width);
  return Math.min(wanted, Math.max(MIN_FONT_SIZE, Math.floor(fits * 2) / 2));
}

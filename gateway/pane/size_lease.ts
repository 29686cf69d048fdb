import type { Size } from "./pty.ts";

/** What a size may be; the wire allows the same. */
export const MIN_SIZE: Size = { cols: 2, rows: 1 };
export const MAX_SIZE: Size = { cols: 500, rows: 300 };

export function clampSize({ cols, rows }: Size): Size {
  const clamp = (value: number, min: number, max: number) =>
    Math.min(max, Math.max(min, Number.isFinite(value) ? Math.floor(value) : min));
  return {
    cols: clamp(cols, MIN_SIZE.cols, MAX_SIZE.cols),
    rows: clamp(rows, MIN_SIZE.rows, MAX_SIZE.rows),
  };
}

export interface LeaseViewer {
  readonly readOnly: boolean;
  readonly foreground: boolean;
  /** The size it would like. */
  readonly wish: Size;
}

/**
 * Which viewer a session's size follows. One at most holds it. It goes to the first viewer that may
 * type and is looked at, and moves to one that types or takes it. A viewer in the background never
 * gains it, and leaving changes no size. Pure: the caller compares before and after. SPEC [SZ1-3].
 */
export class SizeLease {
  readonly #viewers = new Map<string, LeaseViewer>();
  #holder: string | undefined;
  #size: Size;

  constructor(size: Size) {
    this.#size = clampSize(size);
  }

  get size(): Size {
    return this.#size;
  }

  get holder(): string | undefined {
    return this.#holder;
  }

  /** A viewer came, or came back: it may have grown or lost its foreground meanwhile. */
  join(viewer: string, as: LeaseViewer): void {
    this.#viewers.set(viewer, as);
    if (this.#holder === viewer && as.readOnly) this.#holder = undefined;
    if (this.#holder === undefined) this.#give(viewer);
    else if (this.#holder === viewer && as.foreground) this.#size = clampSize(as.wish);
  }

  leave(viewer: string): void {
    this.#viewers.delete(viewer);
    if (this.#holder === viewer) this.#holder = undefined;
  }

  /** A key was pressed (not an answer of the terminal, not a mouse). */
  typed(viewer: string): void {
    if (this.#holder !== viewer) this.#give(viewer);
  }

  take(viewer: string): void {
    this.#give(viewer);
  }

  resize(viewer: string, wish: Size): void {
    this.#change(viewer, { wish });
    if (this.#holder === viewer) this.#size = clampSize(wish);
    else if (this.#holder === undefined) this.#give(viewer);
  }

  setForeground(viewer: string, foreground: boolean): void {
    this.#change(viewer, { foreground });
    if (this.#holder === undefined) this.#give(viewer);
  }

  #change(viewer: string, change: Partial<LeaseViewer>): void {
    const known = this.#viewers.get(viewer);
    if (known !== undefined) this.#viewers.set(viewer, { ...known, ...change });
  }

  /** To a viewer that may have it, or not at all. */
  #give(viewer: string): void {
    const known = this.#viewers.get(viewer);
    if (known === undefined || known.readOnly || !known.foreground) return;
    this.#holder = viewer;
    this.#size = clampSize(known.wish);
  }
}

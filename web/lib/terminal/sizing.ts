import type { Terminal } from "@xterm/xterm";
import type { TerminalState } from "../terminal_state.ts";
import { type Cell, fit, fontThatFits, type Size } from "./geometry.ts";

/** What others need to draw as the terminal does. Pixels are CSS pixels. */
export interface Metrics {
  readonly cell: Cell;
  readonly fontFamily: string;
  readonly fontSize: number;
  /** What a character's advance lacks to the cell's width. */
  readonly letterSpacing: number;
}

/** How large the terminal is drawn, and how large it would like to be. */
export class Sizing {
  readonly #terminal: Terminal;
  readonly #live: HTMLElement;
  readonly #scroller: HTMLElement;
  /** In the person's preferences. */
  readonly #chosenFont: () => number;

  constructor(parts: {
    terminal: Terminal;
    live: HTMLElement;
    scroller: HTMLElement;
    chosenFont: () => number;
  }) {
    this.#terminal = parts.terminal;
    this.#live = parts.live;
    this.#scroller = parts.scroller;
    this.#chosenFont = parts.chosenFont;
  }

  /** The font is the chosen one, or smaller if another viewer made the session wider than this one. */
  setFont(state: TerminalState): void {
    const cell = this.#cell();
    if (cell === undefined) return;
    const wanted = this.#chosenFont();
    const fontSize = this.#fontSize();
    const holds = state.state !== "live" || state.holdsSize;
    const { cols } = this.#terminal;
    const width = this.#width();
    const next = holds ? wanted : fontThatFits({ cols, width, cell, fontSize, wanted });
    if (next !== fontSize) this.#terminal.options.fontSize = next;
  }

  /** What fits here in the chosen font; the present size while nothing can be measured. */
  wantedSize(): Size {
    const cell = this.#cell();
    const { cols, rows } = this.#terminal;
    const { clientHeight } = this.#scroller;
    const width = this.#width();
    if (cell === undefined || width <= 0 || clientHeight === 0) return { cols, rows };
    const scale = this.#chosenFont() / this.#fontSize();
    const scaled = { width: cell.width * scale, height: cell.height * scale };
    return fit(scaled, width, clientHeight);
  }

  /** Undefined while the terminal is not on the screen. */
  metrics(): Metrics | undefined {
    const cell = this.#cell();
    if (cell === undefined) return undefined;
    const { fontFamily = "" } = this.#terminal.options;
    const fontSize = this.#fontSize();
    return {
      cell,
      fontFamily,
      fontSize,
      letterSpacing: cell.width - advance(fontFamily, fontSize),
    };
  }

  /** Room for cells, in pixels. */
  #width(): number {
    const { paddingLeft, paddingRight } = getComputedStyle(this.#scroller);
    return this.#scroller.clientWidth - parseFloat(paddingLeft) - parseFloat(paddingRight);
  }

  #fontSize(): number {
    return this.#terminal.options.fontSize ?? this.#chosenFont();
  }

  #cell(): Cell | undefined {
    const screen = this.#live.querySelector(".xterm-screen")?.getBoundingClientRect();
    if (screen === undefined || screen.width === 0 || screen.height === 0) return undefined;
    const { cols, rows } = this.#terminal;
    return { width: screen.width / cols, height: screen.height / rows };
  }
}

let canvas: CanvasRenderingContext2D | null | undefined;

/** How far one character moves on in this font, in pixels. */
function advance(fontFamily: string, fontSize: number): number {
  canvas ??= document.createElement("canvas").getContext("2d");
  if (canvas === null) return 0;
  canvas.font = `${fontSize}px ${fontFamily}`;
  return canvas.measureText("W".repeat(32)).width / 32;
}

import type { ITheme } from "@xterm/xterm";

const ANSI = [
  "black",
  "red",
  "green",
  "yellow",
  "blue",
  "magenta",
  "cyan",
  "white",
  "brightBlack",
  "brightRed",
  "brightGreen",
  "brightYellow",
  "brightBlue",
  "brightMagenta",
  "brightCyan",
  "brightWhite",
] as const satisfies readonly (keyof ITheme)[];

function theme(
  base: { background: string; foreground: string; cursor: string; selection: string },
  ansi: readonly string[],
): Required<Pick<ITheme, "background" | "foreground">> & ITheme {
  return {
    background: base.background,
    foreground: base.foreground,
    cursor: base.cursor,
    cursorAccent: base.background,
    selectionBackground: base.selection,
    ...Object.fromEntries(ANSI.map((name, index) => [name, ansi[index]])),
  };
}

// deno-fmt-ignore: eight colours a line
const DARK = theme(
  { background: "#101214", foreground: "#d7dadd", cursor: "#e8eaec", selection: "#3a4a5c" },
  [
    "#2b2f36", "#f0716c", "#7ec78a", "#d9b45b", "#6fa8ee", "#c38fe0", "#5cc3c8", "#cfd3d8",
    "#737b87", "#ff938e", "#9fe0a9", "#f0d084", "#96c2ff", "#dab0f2", "#85dde1", "#ffffff",
  ],
);

// Every colour is at least 4.5:1 on the background, the two light greys aside.
// deno-fmt-ignore: eight colours a line
const LIGHT = theme(
  { background: "#fdfdfc", foreground: "#24282d", cursor: "#24282d", selection: "#c5d9ee" },
  [
    "#24282d", "#b3261e", "#1d6f3a", "#7d5700", "#1f5fae", "#8a3fa8", "#0e6c74", "#8b9097",
    "#5c636b", "#cc3b32", "#2a7d47", "#8a6400", "#2b6fc4", "#9a4fb8", "#177a82", "#b9bec4",
  ],
);

/** Matches while the system wants dark. */
export function systemTheme(): MediaQueryList {
  return matchMedia("(prefers-color-scheme: dark)");
}

export function coloursFor(theme: "system" | "light" | "dark"): ITheme {
  return theme === "dark" || (theme === "system" && systemTheme().matches) ? DARK : LIGHT;
}

/** Writes the palette where history rows, which are plain HTML, find it. */
export function applyTheme(element: HTMLElement, colours: ITheme): void {
  element.style.setProperty("--term-bg", colours.background ?? "");
  element.style.setProperty("--term-fg", colours.foreground ?? "");
  ANSI.forEach((name, index) => {
    element.style.setProperty(`--ansi-${index}`, colours[name] ?? "");
  });
}

/** The CSS colour of an entry of the 256-colour palette. */
export function paletteColour(index: number): string {
  if (index < 16) return `var(--ansi-${index})`;
  if (index >= 232) {
    const grey = 8 + (index - 232) * 10;
    return `rgb(${grey} ${grey} ${grey})`;
  }
  const level = (n: number) => n === 0 ? 0 : 55 + n * 40;
  const cube = index - 16;
  const [r, g, b] = [Math.floor(cube / 36), Math.floor(cube / 6) % 6, cube % 6].map(level);
  return `rgb(${r} ${g} ${b})`;
}

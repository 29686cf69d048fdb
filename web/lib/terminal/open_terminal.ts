import type { Terminal } from "@xterm/xterm";
import type { Xterm } from "./load_xterm.ts";

/** The same in xterm and in history rows. */
export const FONT_FAMILY =
  'ui-monospace, "SF Mono", "Cascadia Mono", "JetBrains Mono", "DejaVu Sans Mono", Menlo, Consolas, monospace';

/** Makes a terminal with every addon, not yet on the page. */
export function openTerminal(
  xterm: Xterm,
  options: {
    fontSize: number;
    screenReader: boolean;
    /** A program asks to put text on the clipboard. */
    onCopy: (text: string) => void;
  },
): Terminal {
  const openLink = (_event: MouseEvent, uri: string) => {
    if (/^https?:/i.test(uri)) open(uri, "_blank", "noopener,noreferrer");
  };
  const terminal = new xterm.Terminal({
    allowProposedApi: true,
    fontFamily: FONT_FAMILY,
    fontSize: options.fontSize,
    // At 1, xterm's own cells cut the underscore off some fonts, DejaVu Sans Mono among them.
    lineHeight: 1.1,
    // History is the page's own: it is scrolled natively, above the terminal.
    scrollback: 0,
    // Programs choose colours for the background they know, which need not be ours. WCAG AA.
    minimumContrastRatio: 4.5,
    screenReaderMode: options.screenReader,
    linkHandler: { activate: openLink },
  });
  terminal.loadAddon(new xterm.UnicodeGraphemesAddon());
  terminal.loadAddon(new xterm.WebLinksAddon(openLink));
  terminal.loadAddon(
    new xterm.ClipboardAddon(undefined, {
      readText: () => "",
      writeText: (_selection, text) => options.onCopy(text),
    }),
  );
  // After the addon, hence asked first: a program never reads the clipboard, not even an empty one,
  // since the answer would be typed into the session.
  terminal.parser.registerOscHandler(52, (payload) => payload.endsWith(";?"));
  return terminal;
}

/** Draws by WebGL where that works, and by plain elements where it does not or no longer does. */
export function drawByWebgl(xterm: Xterm, terminal: Terminal): void {
  if (!hasFastWebgl()) return;
  try {
    const webgl = new xterm.WebglAddon();
    webgl.onContextLoss(() => webgl.dispose());
    terminal.loadAddon(webgl);
  } catch {
    // WebGL failed all the same: xterm goes on with its own renderer.
  }
}

/** WebGL that is computed without a graphics card draws slower than plain elements do. */
function hasFastWebgl(): boolean {
  const gl = document.createElement("canvas")
    .getContext("webgl2", { failIfMajorPerformanceCaveat: true });
  if (gl === null) return false;
  const info = gl.getExtension("WEBGL_debug_renderer_info");
  const renderer = String(gl.getParameter(info?.UNMASKED_RENDERER_WEBGL ?? gl.RENDERER));
  gl.getExtension("WEBGL_lose_context")?.loseContext();
  return !/swiftshader|llvmpipe|softpipe|software|basic render/i.test(renderer);
}

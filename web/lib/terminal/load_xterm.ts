/**
 * xterm.js and its addons. It needs a document, so it is loaded by effects only, never while a page
 * is rendered on the server.
 */
export async function loadXterm() {
  const [xterm, webgl, graphemes, links, clipboard] = await Promise.all([
    import("@xterm/xterm"),
    import("@xterm/addon-webgl"),
    import("@xterm/addon-unicode-graphemes"),
    import("@xterm/addon-web-links"),
    import("@xterm/addon-clipboard"),
  ]);
  return {
    Terminal: xterm.Terminal,
    WebglAddon: webgl.WebglAddon,
    UnicodeGraphemesAddon: graphemes.UnicodeGraphemesAddon,
    WebLinksAddon: links.WebLinksAddon,
    ClipboardAddon: clipboard.ClipboardAddon,
  };
}

export type Xterm = Awaited<ReturnType<typeof loadXterm>>;

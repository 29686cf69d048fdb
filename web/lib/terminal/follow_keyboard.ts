import type { RefObject } from "preact";

/** Keeps the page as tall as what a soft keyboard leaves, in browsers that lay it over the page. */
export function followKeyboard(root: RefObject<HTMLElement>): () => void {
  const viewport = globalThis.visualViewport;
  if (!viewport) return () => {};
  const stop = new AbortController();
  const follow = () => {
    // Pinched in, the visual viewport is a magnifying glass and says nothing about the keyboard.
    if (viewport.scale > 1.01) return;
    root.current?.style.setProperty("--app-h", `${viewport.height}px`);
    root.current?.style.setProperty("--app-top", `${viewport.offsetTop}px`);
  };
  follow();
  viewport.addEventListener("resize", follow, { signal: stop.signal });
  viewport.addEventListener("scroll", follow, { signal: stop.signal });
  return () => stop.abort();
}

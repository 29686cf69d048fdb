import type { Terminal } from "@xterm/xterm";

/** Keys that the page keeps for itself; all others go to the session. */
export type Shortcut =
  | "page-up"
  | "page-down"
  | "start"
  | "end"
  | "search"
  | "copy"
  | "leave";

/** The page's shortcut for a key, if it is one. */
export function shortcutOf(event: {
  readonly key: string;
  readonly ctrlKey: boolean;
  readonly shiftKey: boolean;
  readonly altKey: boolean;
  readonly metaKey: boolean;
}): Shortcut | undefined {
  const { key, ctrlKey, shiftKey, altKey, metaKey } = event;
  if (altKey) return undefined;
  if (ctrlKey && !shiftKey && !metaKey) return key === "F6" ? "leave" : undefined;
  if (!shiftKey) return undefined;
  if (ctrlKey || metaKey) {
    if (key === "F" || key === "f") return "search";
    if ((key === "C" || key === "c") && ctrlKey) return "copy";
    if (key === "Escape") return "leave";
    return undefined;
  }
  switch (key) {
    case "PageUp":
      return "page-up";
    case "PageDown":
      return "page-down";
    case "Home":
      return "start";
    case "End":
      return "end";
    default:
      return undefined;
  }
}

export function routeKeys(terminal: Terminal, onShortcut: (shortcut: Shortcut) => void): void {
  terminal.attachCustomKeyEventHandler((event) => {
    const shortcut = shortcutOf(event);
    if (shortcut === undefined) return true;
    if (event.type === "keydown") {
      event.preventDefault();
      onShortcut(shortcut);
    }
    return false;
  });
}

/**
 * Wheel and touch scroll the page's history natively. A program that asked for the mouse gets the
 * wheel while the live screen is in full view; with Shift the wheel scrolls even then.
 */
export function routeWheel(
  { terminal, scroller, pinned, onUp, signal }: {
    terminal: Terminal;
    scroller: HTMLElement;
    pinned: () => boolean;
    /** Somebody may want to see history now. */
    onUp: () => void;
    signal: AbortSignal;
  },
): void {
  scroller.addEventListener("wheel", (event) => {
    const toProgram = terminal.modes.mouseTrackingMode !== "none" && pinned();
    if (toProgram && !event.shiftKey) return;
    // Captured: xterm never sees it, so it can neither make arrow keys of it nor swallow it.
    event.stopPropagation();
    if (event.deltaY < 0) onUp();
    if (!event.shiftKey || event.ctrlKey) return;
    event.preventDefault(); // browsers turn it sideways
    scroller.scrollTop += event.deltaY || event.deltaX;
  }, { capture: true, passive: false, signal });
  scroller.addEventListener("touchstart", onUp, { capture: true, passive: true, signal });
}

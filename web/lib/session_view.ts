/** What of a session with an agent is shown. */
export type View = "terminal" | "conversation" | "both";

const KEY = "chatcode.session-view";
/** From here on both stand side by side; conversation.css says the same. */
const WIDE = "(min-width: 1200px)";
const NARROW = "(max-width: 600px)";

/** What was chosen last in this browser; else what suits its screen. Browser only. */
export function preferredView(): View {
  let chosen: string | null = null;
  try {
    chosen = localStorage.getItem(KEY);
  } catch {
    // Forbidden: nothing was chosen.
  }
  if (chosen === "terminal" || chosen === "conversation") return chosen;
  if (chosen === "both") return matchMedia(WIDE).matches ? "both" : "conversation";
  return matchMedia(NARROW).matches ? "conversation" : "terminal";
}

export function preferView(view: View): void {
  try {
    localStorage.setItem(KEY, view);
  } catch {
    // Full or forbidden: it holds for this page.
  }
}

/** Calls `narrow` when the screen becomes too narrow for both, until the returned function is called. */
export function onTooNarrow(narrow: () => void): () => void {
  const wide = matchMedia(WIDE);
  const listener = () => {
    if (!wide.matches) narrow();
  };
  wide.addEventListener("change", listener);
  return () => wide.removeEventListener("change", listener);
}

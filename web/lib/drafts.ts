const PREFIX = "chatcode.draft.";

/** What was typed and not sent, kept for this tab. Browser only. */
export function readDraft(session: string): string {
  try {
    return sessionStorage.getItem(PREFIX + session) ?? "";
  } catch {
    return ""; // forbidden
  }
}

export function keepDraft(session: string, text: string): void {
  try {
    if (text === "") sessionStorage.removeItem(PREFIX + session);
    else sessionStorage.setItem(PREFIX + session, text);
  } catch {
    // Full or forbidden: it lasts as long as the page.
  }
}

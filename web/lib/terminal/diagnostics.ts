/** For support: what the page shows and how its connection fared. Nothing in it changes anything. */
export interface Diagnostics {
  /** The visible screen as text. */
  screenText(): string;
  /** Since the page was loaded. */
  counters(): { resyncs: number; replays: number; pendingInputBytes: number };
}

declare global {
  /** Set on the terminal's page only. */
  var __chatcodeTerminal: Diagnostics | undefined;
}

/** Makes the diagnostics reachable from the browser's console, or takes them back. */
export function publish(diagnostics: Diagnostics | undefined): void {
  globalThis.__chatcodeTerminal = diagnostics;
}

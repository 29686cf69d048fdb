import type { View } from "../../lib/session_view.ts";

const VIEWS = [
  { view: "terminal", name: "Terminal" },
  { view: "conversation", name: "Conversation" },
  { view: "both", name: "Side by side" },
] as const;

/** What of a session is shown. */
export function ViewSwitch(
  { view, waits, onChoose }: {
    view: View;
    /** Something is asked in the conversation. */
    waits: boolean;
    onChoose: (view: View) => void;
  },
) {
  return (
    <div class="views" role="group" aria-label="View">
      {VIEWS.map(({ view: one, name }) => (
        <button
          type="button"
          key={one}
          class={`view view-${one}`}
          aria-pressed={view === one}
          data-testid={`view-${one}`}
          onClick={() => onChoose(one)}
        >
          {name}
          {one === "conversation" && waits && view === "terminal" && (
            <span class="badge" title="It waits for your answer">!</span>
          )}
        </button>
      ))}
    </div>
  );
}

import type { SenderState, Sent } from "../../lib/prompt_sender.ts";
import { Icon } from "../Icon.tsx";

const WORDS: Readonly<Record<Sent["state"], string>> = {
  sending: "Sending…",
  accepted: "Typing it in…",
  delivered: "Delivered",
  queued: "Waits until the agent is done",
  refused: "Not sent",
};

/** Prompts that are not yet in the conversation, and what became of the last. */
export function SentPrompts(
  { state, onDismiss, onDismissChanges }: {
    state: SenderState;
    onDismiss: (key: string) => void;
    onDismissChanges: () => void;
  },
) {
  return (
    <div class="sent" aria-live="polite">
      {state.sent.map((sent) => (
        <div key={sent.key} class={`block block-prompt sent-${sent.state}`} data-testid="sent">
          <div class="bubble">
            {sent.text}
            {sent.files.length > 0 && (
              <span class="note">
                {sent.files.length === 1 ? " + 1 file" : ` + ${sent.files.length} files`}
              </span>
            )}
          </div>
          <p class="sent-state" data-testid="sent-state">
            <span>
              {WORDS[sent.state]}
              {sent.state === "refused" && `: ${sent.reason}`}
            </span>
            {(sent.state === "refused" || sent.state === "queued") && (
              <button
                type="button"
                class="quiet icon-only"
                aria-label="Dismiss"
                onClick={() => onDismiss(sent.key)}
              >
                <Icon name="close" />
              </button>
            )}
          </p>
        </div>
      ))}
      {state.changes.length > 0 && (
        <p class="sent-state" data-testid="changes">
          <span>Changed on its way, for safety: {state.changes.join("; ")}</span>
          <button
            type="button"
            class="quiet icon-only"
            aria-label="Dismiss"
            onClick={onDismissChanges}
          >
            <Icon name="close" />
          </button>
        </p>
      )}
    </div>
  );
}

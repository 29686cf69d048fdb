import { useEffect, useRef } from "preact/hooks";
import { useNow } from "../../lib/hooks.ts";
import type { VoiceInput, VoiceState } from "../../lib/voice/voice_input.ts";
import { duration } from "../../lib/words.ts";
import { Icon } from "../Icon.tsx";

/** As many as the widest box shows. */
const BARS = 120;
/** A bar for each of these, in milliseconds. */
const BAR_MS = 60;

/** What becomes of what is said; covers the prompt box meanwhile. */
export function RecordingBar({ input, state }: { input: VoiceInput; state: VoiceState }) {
  const now = useNow(200, state.state === "recording");
  switch (state.state) {
    case "idle":
      return null;
    case "opening":
      return <p class="recording-bar" role="status">Opening the microphone…</p>;
    case "recording":
      return (
        <div class={state.away ? "recording-bar away" : "recording-bar"} data-testid="recording">
          <span class="visually-hidden" role="status">
            Recording. Enter ends it, Escape throws it away.
          </span>
          <span class="recording-time" role="timer" aria-label="Recorded">
            <span class="recording-dot" aria-hidden="true" />
            {duration(Math.max(now - state.sinceMs, 0))}
          </span>
          <LevelMeter input={input} />
          <span class="recording-hint" aria-hidden="true">
            {state.away ? "Let go: thrown away" : state.held ? "Slide away to cancel" : ""}
          </span>
        </div>
      );
    case "transcribing":
      return (
        <p class="recording-bar" role="status">
          <span class="pulse" aria-hidden="true" /> Putting it into words…
        </p>
      );
    case "failed":
      return (
        <div class="recording-failed" role="alert" data-testid="voice-trouble">
          <span>{state.message}</span>
          {state.again && (
            <button type="button" onClick={() => void input.retry()}>Try again</button>
          )}
          <button
            type="button"
            class="quiet icon-only"
            aria-label={state.again ? "Throw the recording away" : "Dismiss"}
            onClick={() => input.cancel()}
          >
            <Icon name="close" />
          </button>
        </div>
      );
    default:
      return state satisfies never;
  }
}

/** How loud it was in the last seconds, the newest at the right. */
function LevelMeter({ input }: { input: VoiceInput }) {
  const bars = useRef<HTMLSpanElement>(null);
  useEffect(() => {
    const levels = new Array<number>(BARS).fill(0);
    const timer = setInterval(() => {
      levels.shift();
      levels.push(input.level());
      const elements = bars.current?.children ?? [];
      for (let i = 0; i < elements.length; i++) {
        const element = elements[i] as HTMLElement;
        element.style.transform = `scaleY(${(0.08 + 0.92 * (levels[i] ?? 0)).toFixed(2)})`;
      }
    }, BAR_MS);
    return () => clearInterval(timer);
  }, [input]);
  return (
    <span class="level" ref={bars} aria-hidden="true" data-testid="level">
      {Array.from({ length: BARS }, (_, i) => <span key={i} />)}
    </span>
  );
}

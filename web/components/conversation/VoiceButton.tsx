import { useRef } from "preact/hooks";
import type { VoiceInput, VoiceState } from "../../lib/voice/voice_input.ts";
import { Icon } from "../Icon.tsx";

/** Hold it and speak; or tap it, speak, and tap it again. */
export function VoiceButton(
  { input, state }: { input: VoiceInput | undefined; state: VoiceState },
) {
  const from = useRef({ x: 0, y: 0 });
  const recording = state.state === "recording";
  const done = recording && !state.held;
  const label = done ? "Done: put it into words" : "Speak";
  return (
    <button
      type="button"
      class={recording ? "icon-only voice recording" : "quiet icon-only voice"}
      aria-label={label}
      aria-pressed={recording}
      title={done ? label : "Speak: hold, or tap"}
      disabled={state.state === "transcribing"}
      data-testid="voice"
      onPointerDown={(event) => {
        if (event.button !== 0) return;
        event.currentTarget.setPointerCapture(event.pointerId);
        from.current = { x: event.clientX, y: event.clientY };
        input?.press();
      }}
      onPointerMove={({ clientX, clientY }) =>
        input?.slide(Math.hypot(clientX - from.current.x, clientY - from.current.y))}
      onPointerUp={() => input?.release()}
      // A gesture of the system's took the finger away.
      onPointerCancel={() => input?.cancel()}
      onContextMenu={(event) => event.preventDefault()}
      onClick={({ detail }) => {
        if (detail === 0) input?.toggle(); // by the keyboard
      }}
    >
      <Icon name={done ? "stop" : "mic"} />
    </button>
  );
}

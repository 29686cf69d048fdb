import { useEffect, useRef, useState } from "preact/hooks";
import * as z from "zod";
import { callApi } from "../api.ts";
import { RecorderError, startRecorder } from "./recorder.ts";
import { type Transcription, VoiceInput, type VoiceState } from "./voice_input.ts";

/** A voice input for as long as its component is there; `isReady`: the relay can transcribe. */
export function useVoice(
  options: { isReady: boolean; onText: (text: string) => void },
): { input: VoiceInput | undefined; state: VoiceState } {
  const [input, setInput] = useState<VoiceInput | undefined>();
  const [state, setState] = useState<VoiceState>({ state: "idle" });
  const latest = useRef(options);
  latest.current = options;
  useEffect(() => {
    const input = new VoiceInput({
      startRecorder: () =>
        latest.current.isReady ? startRecorder() : Promise.reject(new RecorderError("not-set-up")),
      transcribe,
      onText: (text) => latest.current.onText(text),
    });
    const end = input.state.subscribe(setState);
    setInput(input);
    return () => {
      end();
      input.cancel();
    };
  }, []);
  return { input, state };
}

async function transcribe(audio: Blob, signal: AbortSignal): Promise<Transcription> {
  const result = z.object({ text: z.string() });
  const answer = await callApi("POST", "/api/voice", { body: audio, result, signal });
  return answer.ok ? { ok: true, text: answer.value.text } : answer;
}

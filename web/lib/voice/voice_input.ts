import { type Clock, systemClock } from "@chatcode/kit";
import { type Observable, Source } from "../observable.ts";
import { type Recorder, RecorderError, type VoiceTrouble } from "./recorder.ts";

/** Let go of sooner, in milliseconds, the button was tapped: it records until tapped again. */
export const TAP_MS = 350;
/** Slid away further than this, in CSS pixels, letting go throws the recording away. */
export const AWAY_PX = 80;
/** A recording ends by itself then, in milliseconds. */
export const MAX_RECORDING_MS = 10 * 60_000;
/** Less than this, in milliseconds, holds no word. */
export const MIN_RECORDING_MS = 300;

export type VoiceState =
  | { readonly state: "idle" }
  /** The person may be being asked for the microphone. */
  | { readonly state: "opening"; readonly held: boolean }
  | {
    readonly state: "recording";
    readonly sinceMs: number;
    /** The button is down; else it records until it is told to end. */
    readonly held: boolean;
    /** Letting go now throws it away. */
    readonly away: boolean;
  }
  | { readonly state: "transcribing" }
  /** `again`: what was said is still here, and can be sent once more. */
  | { readonly state: "failed"; readonly message: string; readonly again: boolean };

export type Transcription =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly message: string };

export interface VoiceInputParts {
  /** @throws {RecorderError} */
  readonly startRecorder: () => Promise<Recorder>;
  readonly transcribe: (audio: Blob, signal: AbortSignal) => Promise<Transcription>;
  /** Something was said. */
  readonly onText: (text: string) => void;
  readonly clock?: Clock;
}

const TROUBLES: Readonly<Record<VoiceTrouble, string>> = {
  refused: "The microphone is not allowed. Allow it for this site in the browser's address bar.",
  missing: "There is no microphone.",
  busy: "The microphone cannot be opened. Another program may be using it.",
  insecure: "The microphone needs https, or a relay on this very machine.",
  unsupported: "This browser cannot record.",
  "not-set-up": "Voice is not set up. Whoever runs this relay can name a transcription endpoint: " +
    "CHATCODE_STT_URL.",
};

/**
 * One button that records: held, it ends when let go; slid away, it is thrown away; tapped, it goes
 * on until the next tap. The recording lives in this page until it is text.
 */
export class VoiceInput {
  readonly #parts: VoiceInputParts;
  readonly #clock: Clock;
  readonly #state = new Source<VoiceState>({ state: "idle" });
  #recorder: Recorder | undefined;
  #limit: Disposable | undefined;
  /** What could not be transcribed. */
  #kept: Blob | undefined;
  #pressedAtMs = 0;
  /** Aborted when the present recording is given up. */
  #stop = new AbortController();

  constructor(parts: VoiceInputParts) {
    this.#parts = parts;
    this.#clock = parts.clock ?? systemClock;
  }

  get state(): Observable<VoiceState> {
    return this.#state;
  }

  /** How loud it is now, 0 to 1; 0 while nothing is recorded. */
  level(): number {
    return this.#recorder?.level() ?? 0;
  }

  /** The button goes down. */
  press(): void {
    const { state } = this.#state.value;
    if (state === "recording") return void this.finish(); // the second tap
    if (state === "idle" || state === "failed") void this.#open(true);
  }

  /** The pointer is this far from where it went down, in CSS pixels. */
  slide(distance: number): void {
    const value = this.#state.value;
    if (value.state !== "recording" || !value.held) return;
    const away = distance > AWAY_PX;
    if (away !== value.away) this.#state.value = { ...value, away };
  }

  /** The button is let go. */
  release(): void {
    const value = this.#state.value;
    if (value.state === "opening") this.#state.value = { ...value, held: false };
    if (value.state !== "recording" || !value.held) return;
    if (value.away) return this.cancel();
    const wasTap = this.#clock.now() - this.#pressedAtMs < TAP_MS;
    if (wasTap) this.#state.value = { ...value, held: false };
    else void this.finish();
  }

  /** By keyboard, or by a tool that knows no pointer: begins, or ends. */
  toggle(): void {
    const { state } = this.#state.value;
    if (state === "recording") void this.finish();
    else if (state === "idle" || state === "failed") void this.#open(false);
  }

  /** Ends the recording and has it transcribed. */
  async finish(): Promise<void> {
    const value = this.#state.value;
    const recorder = this.#recorder;
    if (value.state !== "recording" || recorder === undefined) return;
    if (this.#clock.now() - value.sinceMs < MIN_RECORDING_MS) return this.cancel();
    this.#letGo();
    this.#state.value = { state: "transcribing" };
    const { signal } = this.#stop;
    const audio = await recorder.stop();
    if (!signal.aborted) await this.#transcribe(audio, signal);
  }

  /** Sends what could not be transcribed once more. */
  async retry(): Promise<void> {
    const audio = this.#kept;
    if (audio === undefined || this.#state.value.state !== "failed") return;
    this.#state.value = { state: "transcribing" };
    await this.#transcribe(audio, this.#stop.signal);
  }

  /** Throws away whatever there is. Safe twice. */
  cancel(): void {
    this.#stop.abort();
    this.#stop = new AbortController();
    const recorder = this.#recorder;
    this.#letGo();
    recorder?.cancel();
    this.#kept = undefined;
    this.#state.value = { state: "idle" };
  }

  async #open(held: boolean): Promise<void> {
    this.cancel();
    this.#pressedAtMs = this.#clock.now();
    const { signal } = this.#stop;
    this.#state.value = { state: "opening", held };
    let recorder: Recorder;
    try {
      recorder = await this.#parts.startRecorder();
    } catch (error) {
      if (signal.aborted) return;
      const trouble = error instanceof RecorderError ? error.trouble : "unsupported";
      return this.#fail(TROUBLES[trouble]);
    }
    const opening = this.#state.value;
    if (signal.aborted || opening.state !== "opening") return recorder.cancel();
    this.#recorder = recorder;
    const sinceMs = this.#clock.now();
    this.#state.value = { state: "recording", sinceMs, held: opening.held, away: false };
    this.#limit = this.#clock.setTimer(() => void this.finish(), MAX_RECORDING_MS);
  }

  async #transcribe(audio: Blob, signal: AbortSignal): Promise<void> {
    this.#kept = audio;
    const said = await this.#parts.transcribe(audio, signal);
    if (signal.aborted) return;
    if (!said.ok) return this.#fail(said.message);
    this.#kept = undefined;
    if (said.text === "") return this.#fail("No words were heard.");
    this.#state.value = { state: "idle" };
    this.#parts.onText(said.text);
  }

  #letGo(): void {
    this.#limit?.[Symbol.dispose]();
    this.#limit = undefined;
    this.#recorder = undefined;
  }

  #fail(message: string): void {
    this.#state.value = { state: "failed", message, again: this.#kept !== undefined };
  }
}

/** What is recorded, the first that the browser can; Safari has only the last. */
const TYPES = ["audio/webm;codecs=opus", "audio/ogg;codecs=opus", "audio/mp4"];
/** Enough for speech: ten minutes are some 2 MB. */
const BITS_PER_SECOND = 32_000;

/** Why nothing can be recorded. */
export type VoiceTrouble =
  | "refused"
  | "missing"
  | "busy"
  | "insecure"
  | "unsupported"
  /** The relay has nobody who transcribes. */
  | "not-set-up";

export class RecorderError extends Error {
  override readonly name = "RecorderError";
  constructor(readonly trouble: VoiceTrouble, options?: ErrorOptions) {
    super(`Cannot record: ${trouble}`, options);
  }
}

/** A recording that runs. Browser only. */
export interface Recorder {
  /** How loud it is now: 0, silence, to 1. */
  level(): number;
  /** Ends it. @returns what was recorded, its media type with it */
  stop(): Promise<Blob>;
  /** Ends it and forgets it. */
  cancel(): void;
}

/**
 * Opens the microphone, asking the person if need be, and records.
 * @throws {RecorderError}
 */
export async function startRecorder(): Promise<Recorder> {
  if (!isSecureContext) throw new RecorderError("insecure");
  const type = typeof MediaRecorder === "undefined"
    ? undefined
    : TYPES.find((type) => MediaRecorder.isTypeSupported(type));
  if (navigator.mediaDevices === undefined || type === undefined) {
    throw new RecorderError("unsupported");
  }
  const stream = await openMicrophone();
  const silence = () => stream.getTracks().forEach((track) => track.stop());
  try {
    const context = new AudioContext();
    const analyser = context.createAnalyser();
    analyser.fftSize = 512;
    // Safari holds it back when the person was asked first.
    void context.resume();
    context.createMediaStreamSource(stream).connect(analyser);
    const samples = new Float32Array(analyser.fftSize);
    const recorder = new MediaRecorder(stream, {
      mimeType: type,
      audioBitsPerSecond: BITS_PER_SECOND,
    });
    const chunks: Blob[] = [];
    recorder.ondataavailable = ({ data }) => chunks.push(data);
    recorder.start();
    const close = () => {
      silence();
      void context.close().catch(() => {});
    };
    return {
      level: () => {
        analyser.getFloatTimeDomainData(samples);
        return loudness(samples);
      },
      stop: () =>
        new Promise((resolve) => {
          const done = () => {
            close();
            resolve(new Blob(chunks, { type }));
          };
          recorder.onstop = done;
          // The microphone may have been pulled out before.
          if (recorder.state === "inactive") done();
          else recorder.stop();
        }),
      cancel: () => {
        recorder.ondataavailable = recorder.onstop = null;
        if (recorder.state !== "inactive") recorder.stop();
        close();
      },
    };
  } catch (cause) {
    silence();
    throw new RecorderError("unsupported", { cause });
  }
}

/** The names of refusals: https://developer.mozilla.org/docs/Web/API/MediaDevices/getUserMedia */
async function openMicrophone(): Promise<MediaStream> {
  try {
    return await navigator.mediaDevices.getUserMedia({
      audio: { echoCancellation: true, noiseSuppression: true, channelCount: 1 },
    });
  } catch (cause) {
    const name = cause instanceof DOMException ? cause.name : "";
    if (name === "NotAllowedError" || name === "SecurityError") {
      throw new RecorderError("refused", { cause });
    }
    if (name === "NotFoundError" || name === "OverconstrainedError") {
      throw new RecorderError("missing", { cause });
    }
    throw new RecorderError("busy", { cause });
  }
}

/** Decibels, for that is how loudness is felt: -55 dB and less is 0, -10 dB and more is 1. */
export function loudness(samples: Float32Array): number {
  let sum = 0;
  for (const sample of samples) sum += sample * sample;
  const decibels = 10 * Math.log10(sum / samples.length + 1e-12);
  return Math.min(Math.max((decibels + 55) / 45, 0), 1);
}

import { ProtocolError } from "@chatcode/protocol";

/** The largest recording, in bytes: what Telegram's bots may fetch, and about an hour of speech. */
export const MAX_AUDIO_BYTES = 20 * 1024 * 1024;

/**
 * The whole recording, in memory and nowhere else: endpoints want its length before its bytes.
 * @throws {ProtocolError} PAYLOAD_TOO_LARGE, or INVALID_REQUEST if there is none
 * @throws the signal's reason as soon as `signal` aborts
 */
export async function readAudio(
  audio: ReadableStream<Uint8Array> | Blob,
  signal: AbortSignal,
): Promise<Blob> {
  signal.throwIfAborted();
  const whole = audio instanceof Blob ? audio : await collect(audio, signal);
  if (whole.size > MAX_AUDIO_BYTES) throw tooLarge();
  if (whole.size === 0) {
    throw new ProtocolError("INVALID_REQUEST", "Cannot transcribe: the recording is empty");
  }
  return whole;
}

async function collect(stream: ReadableStream<Uint8Array>, signal: AbortSignal): Promise<Blob> {
  const reader = stream.getReader();
  const stop = () => void reader.cancel(signal.reason).catch(() => {});
  signal.addEventListener("abort", stop, { once: true });
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let bytes = 0;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      signal.throwIfAborted(); // cancelled reads end as if all had come
      if (done) return new Blob(chunks);
      bytes += value.length;
      if (bytes > MAX_AUDIO_BYTES) throw tooLarge();
      chunks.push(value as Uint8Array<ArrayBuffer>);
    }
  } catch (error) {
    await reader.cancel(error).catch(() => {});
    throw error;
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

function tooLarge(): ProtocolError {
  return new ProtocolError(
    "PAYLOAD_TOO_LARGE",
    `Cannot transcribe: the recording is larger than ${MAX_AUDIO_BYTES / 1024 / 1024} MB`,
  );
}

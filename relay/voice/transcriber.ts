import { ProtocolError } from "@chatcode/protocol";
import type { Clock, Log } from "@chatcode/kit";
import { z } from "zod";
import type { VoiceConfig } from "./voice_config.ts";
import { audioName } from "./audio_name.ts";
import { readAudio } from "./read_audio.ts";
import { refusal } from "./refusal.ts";

export interface Recording {
  /** As the browser or Telegram names it; parameters do no harm. */
  readonly mediaType: string;
  /** Only its ending counts, and only where the media type says nothing. */
  readonly name?: string;
  readonly signal?: AbortSignal;
}

/** From the first byte of the recording to the text, in milliseconds. */
export const TRANSCRIBE_DEADLINE_MS = 60_000;
/** The largest answer that is read, in bytes: an hour of speech is some 60 KB. */
const MAX_ANSWER_BYTES = 512 * 1024;

/** https://platform.openai.com/docs/api-reference/audio/json-object */
const answer = z.object({ text: z.string() });

/**
 * Has recordings transcribed by an OpenAI-compatible endpoint. A recording is in memory until the
 * answer is here, and never in a file or a log; nor is the text.
 */
export class Transcriber {
  readonly #endpoint: VoiceConfig;
  readonly #clock: Clock;
  readonly #log: Log;

  constructor(endpoint: VoiceConfig, parts: { clock: Clock; log: Log }) {
    this.#endpoint = endpoint;
    this.#clock = parts.clock;
    this.#log = parts.log;
  }

  /**
   * The text, trimmed; empty if nothing was said.
   * @throws {ProtocolError} INVALID_REQUEST, PAYLOAD_TOO_LARGE, RATE_LIMITED with `retryAfterMs`,
   *   TIMEOUT, or UNAVAILABLE
   * @throws the signal's reason as soon as `signal` aborts
   */
  async transcribe(
    audio: ReadableStream<Uint8Array> | Blob,
    { mediaType, name, signal }: Recording,
  ): Promise<{ text: string }> {
    const fileName = audioName(mediaType, name);
    if (fileName === undefined) {
      throw new ProtocolError(
        "INVALID_REQUEST",
        "Cannot transcribe: that is no audio of a known kind",
      );
    }
    const late = new AbortController();
    using _timer = this.#clock.setTimer(() => late.abort(), TRANSCRIBE_DEADLINE_MS);
    const stop = signal === undefined ? late.signal : AbortSignal.any([signal, late.signal]);
    try {
      const whole = await readAudio(audio, stop);
      return await this.#ask(whole, fileName, stop);
    } catch (cause) {
      signal?.throwIfAborted();
      if (late.signal.aborted) {
        const seconds = TRANSCRIBE_DEADLINE_MS / 1000;
        this.#log.warn("voice.late", { seconds });
        throw new ProtocolError(
          "TIMEOUT",
          `Cannot transcribe: it was not done within ${seconds} s`,
          { cause },
        );
      }
      throw cause;
    }
  }

  async #ask(audio: Blob, fileName: string, signal: AbortSignal): Promise<{ text: string }> {
    const { url, key, model, language } = this.#endpoint;
    const form = new FormData();
    form.set("file", audio, fileName);
    form.set("model", model);
    if (language !== null) form.set("language", language);
    form.set("response_format", "json");
    let response: Response;
    try {
      response = await fetch(`${url.href.replace(/\/+$/, "")}/audio/transcriptions`, {
        method: "POST",
        headers: { accept: "application/json", ...key && { authorization: `Bearer ${key}` } },
        body: form,
        // What people said, and the key, go to the place that was set up and to no other.
        redirect: "error",
        signal,
      });
    } catch (cause) {
      signal.throwIfAborted();
      this.#log.warn("voice.unreachable", { host: url.host });
      throw new ProtocolError(
        "UNAVAILABLE",
        "Cannot transcribe: the transcription endpoint cannot be reached",
        { cause },
      );
    }
    if (!response.ok) {
      await response.body?.cancel();
      const error = refusal(response, this.#clock.now());
      this.#log.warn("voice.refused", { host: url.host, status: response.status });
      throw error;
    }
    const parsed = answer.safeParse(await readJson(response, signal));
    if (parsed.success) return { text: parsed.data.text.trim() };
    this.#log.warn("voice.not_understood", { host: url.host });
    throw new ProtocolError(
      "UNAVAILABLE",
      "Cannot transcribe: the endpoint's answer holds no text. Check CHATCODE_STT_URL",
    );
  }
}

/** The answer's JSON; undefined if it is none, or far too long. */
async function readJson(response: Response, signal: AbortSignal): Promise<unknown> {
  const decoder = new TextDecoder();
  let text = "";
  let bytes = 0;
  try {
    for await (const chunk of response.body ?? []) {
      bytes += chunk.length;
      if (bytes > MAX_ANSWER_BYTES) return undefined;
      text += decoder.decode(chunk, { stream: true });
    }
    return JSON.parse(text + decoder.decode());
  } catch {
    signal.throwIfAborted();
    return undefined; // cut off, or no JSON
  }
}

import { ProtocolError } from "@chatcode/protocol";
import type { Clock, Log } from "@chatcode/kit";
import type { VoiceConfig } from "./voice_config.ts";
import { RateLimit } from "../auth/rate_limit.ts";
import { type Recording, Transcriber } from "./transcriber.ts";

/** Recordings that one account may have transcribed. */
const RATES = {
  perClient: { recording: { burst: 20, refillMs: 6_000 } },
  global: { burst: 200, refillMs: 600 },
};

/** Recordings in memory at once; more are refused. */
export const MAX_RECORDINGS = 4;
/** When to come back to a relay that has as many, in milliseconds. */
const BUSY_RETRY_MS = 3_000;

/** Turns what people say into text, if an endpoint for it is set up. */
export class Voice {
  readonly #transcriber: Transcriber | null;
  readonly #rates: RateLimit<"recording">;
  #running = 0;

  constructor(endpoint: VoiceConfig | null, parts: { clock: Clock; log: Log }) {
    this.#transcriber = endpoint && new Transcriber(endpoint, parts);
    this.#rates = new RateLimit(RATES, { clock: parts.clock, keyOf: (account) => account });
  }

  /** Whether an endpoint is set up. */
  get isReady(): boolean {
    return this.#transcriber !== null;
  }

  /**
   * What was said in the recording, for `account`; empty if nothing was.
   * @throws {ProtocolError} as `Transcriber.transcribe()`; UNAVAILABLE if no endpoint is set up or
   *   too many are at it, RATE_LIMITED if the account has had its share
   * @throws the signal's reason as soon as `signal` aborts
   */
  async transcribe(
    account: string,
    audio: ReadableStream<Uint8Array> | Blob,
    recording: Recording,
  ): Promise<{ text: string }> {
    if (this.#transcriber === null) {
      throw new ProtocolError(
        "UNAVAILABLE",
        "Cannot transcribe: no transcription endpoint is set up. " +
          "Whoever runs the relay can set CHATCODE_STT_URL",
      );
    }
    const check = this.#rates.take("recording", account);
    if (check.state === "limited") {
      throw new ProtocolError("RATE_LIMITED", "Cannot transcribe: too many recordings", {
        retryAfterMs: check.retryAfterMs,
      });
    }
    if (this.#running >= MAX_RECORDINGS) {
      throw new ProtocolError("UNAVAILABLE", "Cannot transcribe: the relay is busy with others", {
        retryAfterMs: BUSY_RETRY_MS,
      });
    }
    this.#running += 1;
    try {
      return await this.#transcriber.transcribe(audio, recording);
    } finally {
      this.#running -= 1;
    }
  }
}

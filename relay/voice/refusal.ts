import { ProtocolError } from "@chatcode/protocol";

/** Without a word of when, a busy endpoint is asked again after this long, in milliseconds. */
const DEFAULT_RETRY_MS = 5_000;
/** An endpoint that names a longer wait is not taken at its word. */
const MAX_RETRY_MS = 3_600_000;

/** What an answer other than 200 means for the person who spoke. Its body is not looked at. */
export function refusal(response: Response, nowMs: number): ProtocolError {
  const error = (...args: ConstructorParameters<typeof ProtocolError>) =>
    new ProtocolError(args[0], `Cannot transcribe: ${args[1]}`, args[2]);
  switch (response.status) {
    case 401:
    case 403:
      return error(
        "UNAVAILABLE",
        "the transcription endpoint refuses the relay's key. " +
          "Whoever runs the relay must set CHATCODE_STT_KEY or CHATCODE_STT_KEY_FILE anew",
      );
    case 404:
    case 405:
      return error(
        "UNAVAILABLE",
        "there is no such transcription endpoint or model. " +
          "Whoever runs the relay must check CHATCODE_STT_URL and CHATCODE_STT_MODEL",
      );
    case 413:
      return error("PAYLOAD_TOO_LARGE", "the recording is too large for the endpoint");
    case 400:
    case 415:
    case 422:
      return error("INVALID_REQUEST", "the endpoint cannot read this recording");
    case 429:
      return error("RATE_LIMITED", "the transcription endpoint has had enough for now", {
        retryAfterMs: retryAfterMs(response, nowMs) ?? DEFAULT_RETRY_MS,
      });
    default: {
      const waitMs = retryAfterMs(response, nowMs);
      return error("UNAVAILABLE", `the transcription endpoint answered ${response.status}`, {
        ...(waitMs !== undefined && { retryAfterMs: waitMs }),
      });
    }
  }
}

/** `Retry-After` is seconds or a date (RFC 9110, 10.2.3). */
function retryAfterMs({ headers }: Response, nowMs: number): number | undefined {
  const text = headers.get("retry-after")?.trim() ?? "";
  const waitMs = /^\d+(\.\d+)?$/.test(text) ? Number(text) * 1000 : Date.parse(text) - nowMs;
  if (!Number.isFinite(waitMs)) return undefined;
  return Math.min(Math.max(Math.ceil(waitMs), 0), MAX_RETRY_MS);
}

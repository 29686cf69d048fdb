import * as z from "zod";

/** The closed list of error codes. Peers act on codes, never on messages. SPEC [ER1]. */
export const errorCode = z.enum([
  "INVALID_REQUEST", // the frame or its params do not fit the schema
  "UNKNOWN_METHOD",
  "PROTOCOL_MISMATCH", // no protocol version in common
  "UNAUTHORIZED", // not signed in, or a token that is unknown, expired or revoked
  "FORBIDDEN", // signed in, but this role may not do that
  "NOT_LINKED", // the account has no such link (Telegram and other channels)
  "HOST_NOT_FOUND",
  "HOST_OFFLINE",
  "SESSION_NOT_FOUND",
  "SESSION_ENDED",
  "FOLDER_NOT_FOUND",
  "FOLDER_NOT_ALLOWED", // outside the workspace
  "FILE_NOT_FOUND",
  "FILE_NOT_ALLOWED", // outside what may be read, or no plain file
  "UPLOAD_NOT_FOUND", // never begun, begun by somebody else, cancelled or too old
  "DISK_FULL",
  "CANCELLED", // by whoever asked for it
  "CHANNEL_IN_USE",
  "CHANNEL_NOT_FOUND",
  "READ_ONLY", // input or size from a viewer that may only watch
  "CONFLICT", // the idempotency key was used for something else
  "LIMIT_REACHED", // too many sessions, viewers, channels or requests in flight
  "PAYLOAD_TOO_LARGE",
  "RATE_LIMITED",
  "TIMEOUT", // the other side did not answer in time; it may still have acted
  "AGENT_TIMEOUT", // the agent did not take a prompt or an answer in time
  "AGENT_NOT_FOUND", // not installed, or none runs in the session
  "PROMPT_REFUSED", // the text cannot be delivered safely
  "APPROVAL_GONE", // answered, withdrawn or expired meanwhile
  "TMUX_FAILED",
  "UNAVAILABLE", // overloaded or shutting down
  "INTERNAL",
]);
export type ErrorCode = z.infer<typeof errorCode>;

/** What went wrong, for a person (`message`) and for a program (`code`). SPEC [ER2]. */
export const wireError = z.object({
  code: errorCode,
  message: z.string().max(1000),
  details: z.record(z.string(), z.unknown()).optional(),
  retryable: z.boolean().optional(),
  retryAfterMs: z.int().min(0).optional(),
});
export type WireError = z.infer<typeof wireError>;

/** A failure that a peer should hear of by its code. `message` must be fit for the peer's eyes. */
export class ProtocolError extends Error {
  override readonly name = "ProtocolError";
  readonly retryAfterMs: number | undefined;
  readonly details: Record<string, unknown> | undefined;

  constructor(
    readonly code: ErrorCode,
    message: string,
    options: ErrorOptions & { retryAfterMs?: number; details?: Record<string, unknown> } = {},
  ) {
    super(message, options);
    this.retryAfterMs = options.retryAfterMs;
    this.details = options.details;
  }

  toWire(): WireError {
    return {
      code: this.code,
      message: this.message.slice(0, 1000),
      ...(this.details && { details: this.details }),
      ...(isRetryable(this.code) && { retryable: true }),
      ...(this.retryAfterMs !== undefined && { retryAfterMs: this.retryAfterMs }),
    };
  }

  static fromWire(error: WireError): ProtocolError {
    return new ProtocolError(error.code, error.message, {
      ...(error.retryAfterMs !== undefined && { retryAfterMs: error.retryAfterMs }),
      ...(error.details && { details: error.details }),
    });
  }
}

/** Whether the same request may succeed later without a change. SPEC [ER3]. */
export function isRetryable(code: ErrorCode): boolean {
  return [
    "HOST_OFFLINE",
    "RATE_LIMITED",
    "TIMEOUT",
    "AGENT_TIMEOUT",
    "UNAVAILABLE",
    "LIMIT_REACHED",
  ]
    .includes(code);
}

/** Hides what a peer must not see: anything but a ProtocolError becomes INTERNAL. */
export function toWireError(thrown: unknown): WireError {
  if (thrown instanceof ProtocolError) return thrown.toWire();
  return { code: "INTERNAL", message: "Cannot answer: an internal error occurred and was logged" };
}

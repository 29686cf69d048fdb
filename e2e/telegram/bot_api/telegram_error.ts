/** A call that Telegram refuses, in its words. */
export class TelegramError extends Error {
  override readonly name = "TelegramError";
  readonly code: number;
  readonly retryAfter: number | undefined;

  constructor(code: number, description: string, retryAfter?: number) {
    super(description);
    this.code = code;
    this.retryAfter = retryAfter;
  }

  static badRequest(what: string): TelegramError {
    return new TelegramError(400, `Bad Request: ${what}`);
  }

  static forbidden(what: string): TelegramError {
    return new TelegramError(403, `Forbidden: ${what}`);
  }

  static tooManyRequests(retryAfter: number): TelegramError {
    return new TelegramError(429, `Too Many Requests: retry after ${retryAfter}`, retryAfter);
  }

  toJSON(): unknown {
    return {
      ok: false,
      error_code: this.code,
      description: this.message,
      ...(this.retryAfter === undefined ? {} : { parameters: { retry_after: this.retryAfter } }),
    };
  }
}

/** Thrown to end a request with `status`. `message` reaches the client when no error route exists. */
export class HttpError extends Error {
  override readonly name = "HttpError";
  constructor(readonly status: number, message?: string, options?: ErrorOptions) {
    super(message, options);
  }
}

/** Something did not happen in time. */
export class DeadlineError extends Error {
  override readonly name = "DeadlineError";
  constructor(readonly what: string, readonly afterMs: number, options?: ErrorOptions) {
    super(`Gave up on ${what} after ${afterMs} ms`, options);
  }
}

/**
 * What `promise` settles to, if it does within `ms` milliseconds. The work behind the promise is
 * not stopped: give it a signal of its own for that.
 * @throws {DeadlineError} when the time is up
 */
export async function withDeadline<T>(
  promise: PromiseLike<T>,
  ms: number,
  what: string,
): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new DeadlineError(what, ms)), ms);
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

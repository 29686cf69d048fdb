import { DeadlineError } from "../deadline.ts";

export interface WaitForOptions {
  /** What is waited for, as it should read in the failure. */
  readonly what: string;
  /** Default: 10 seconds. */
  readonly deadlineMs?: number;
  /** Between two looks that cost something, in milliseconds. Default: 10. */
  readonly everyMs?: number;
  readonly signal?: AbortSignal;
}

/** Between two looks, in milliseconds: short, since tests measure nothing by it. */
const LOOK_EVERY_MS = 10;

/**
 * The first truthy value that `condition` gives. A condition that throws is looked at again.
 * @throws {DeadlineError} telling the last value or error, when the deadline is past
 * @throws the signal's reason as soon as it aborts
 */
export async function waitFor<T>(
  condition: () => T | Promise<T>,
  options: WaitForOptions,
): Promise<Exclude<T, false | null | undefined | 0 | "">> {
  const { what, deadlineMs = 10_000, everyMs = LOOK_EVERY_MS, signal } = options;
  const untilMs = performance.now() + deadlineMs;
  for (;;) {
    signal?.throwIfAborted();
    let last: string;
    let cause: unknown;
    try {
      const value = await condition();
      if (value) return value as Exclude<T, false | null | undefined | 0 | "">;
      last = `last value: ${Deno.inspect(value)}`;
    } catch (error) {
      cause = error;
      last = `last error: ${error instanceof Error ? error.message : error}`;
    }
    if (performance.now() >= untilMs) {
      throw new DeadlineError(`${what} (${last})`, deadlineMs, { cause });
    }
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}

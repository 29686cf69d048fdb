/**
 * Does the same with each of `items`, some at once: agents wait more than they work. What fails keeps
 * nothing else from being done.
 * @throws {AggregateError} with all that failed
 */
export async function inLanes<T>(
  items: readonly T[],
  lanes: number,
  act: (item: T) => Promise<void>,
): Promise<void> {
  const waiting = [...items];
  const failures: unknown[] = [];
  const lane = async () => {
    for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) {
      await act(item).catch((failure) => void failures.push(failure));
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  if (failures.length === 1) throw failures[0];
  if (failures.length > 1) {
    throw new AggregateError(failures, failures.map((failure) => `${failure}`).join("\n\n"));
  }
}

/** launchd appends to a log for ever; beyond this many bytes it is cut. */
export const MAX_LOG_BYTES = 16 * 1024 * 1024;

/**
 * Keeps what a log holds as `PATH.1`, and empties it in place, since its writer has it open.
 * @returns whether there was so much
 */
export async function cutLog(path: string, maxBytes = MAX_LOG_BYTES): Promise<boolean> {
  try {
    if ((await Deno.stat(path)).size <= maxBytes) return false;
    await Deno.copyFile(path, `${path}.1`);
    await Deno.truncate(path);
    return true;
  } catch (thrown) {
    if (thrown instanceof Deno.errors.NotFound) return false;
    throw thrown;
  }
}

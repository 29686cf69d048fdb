import { ExitError } from "./exit_status.ts";

/**
 * Makes the folder for lock and socket, for this user only.
 * @throws ExitError usage if it cannot be made or belongs to someone else
 */
export function prepareStateDir(path: string): void {
  try {
    Deno.mkdirSync(path, { recursive: true, mode: 0o700 });
    const { uid, mode } = Deno.lstatSync(path);
    if (uid !== null && uid !== Deno.uid()) throw new Error("it belongs to another user");
    if (((mode ?? 0) & 0o077) !== 0) Deno.chmodSync(path, 0o700);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new ExitError("usage", `Cannot use the state folder "${path}": ${why}`, { cause });
  }
}

/**
 * Where each skip is noted as well, one JSON line each, when the variable is set; the test command
 * sets it and lists the skips at its end.
 */
export const SKIPS_FILE_VARIABLE = "CHATCODE_SKIPS_FILE";

export interface Skip {
  readonly test: string;
  readonly reason: string;
}

/**
 * The head of a test that runs unless there is a `reason` not to, and which then says so loudly:
 * `Deno.test({ ...skipWhen("paints", missingChromium()), fn() {} })`.
 */
export function skipWhen(
  name: string,
  reason: string | undefined,
): { readonly name: string; readonly ignore: boolean } {
  if (reason === undefined) return { name, ignore: false };
  const skip: Skip = { test: name, reason };
  console.log(`SKIP ${name}: ${reason}`);
  const file = Deno.env.get(SKIPS_FILE_VARIABLE);
  if (file !== undefined) {
    Deno.writeTextFileSync(file, JSON.stringify(skip) + "\n", { append: true });
  }
  return { name, ignore: true };
}

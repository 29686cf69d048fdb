import { isLoose, type Loose, loose } from "./loose.ts";

/** A JSON file of the user's, or `undefined` when it is missing or cannot be understood. */
export async function readJson(path: string): Promise<Loose | undefined> {
  try {
    const found: unknown = JSON.parse(await Deno.readTextFile(path));
    return isLoose(found) ? found : undefined;
  } catch {
    return undefined;
  }
}

/**
 * The JSON in `before` with `value` at `path`, all else as it was.
 * @throws SyntaxError if `before` is no JSON object, so that nobody's settings are overwritten
 */
export function setInJson(
  before: string | undefined,
  path: readonly [string, ...string[]],
  value: unknown,
): string {
  const whole: unknown = before === undefined || before.trim() === "" ? {} : JSON.parse(before);
  if (!isLoose(whole)) throw new SyntaxError("Cannot edit the settings: they are no JSON object");
  return JSON.stringify(setIn(whole, path, value), undefined, 2) + "\n";
}

function setIn(object: Loose, path: readonly string[], value: unknown): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return value;
  return { ...object, [key]: setIn(loose(object[key]), rest, value) };
}

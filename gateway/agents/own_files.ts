import { isLoose, type Loose } from "./loose.ts";

/** A JSON file of the user's, or `undefined` when it is missing or cannot be understood. */
export async function readJson(path: string): Promise<Loose | undefined> {
  try {
    const found: unknown = JSON.parse(await Deno.readTextFile(path));
    return isLoose(found) ? found : undefined;
  } catch {
    return undefined;
  }
}

/** The project's root folder; ends in a slash. */
export const ROOT = new URL("../../", import.meta.url);

export function entry(path: string): string {
  return new URL(path, ROOT).pathname;
}

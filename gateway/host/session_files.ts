/** The sessions of which a folder holds a file with that ending; none if there is no such folder. */
export function sessionsIn(folder: string, ending: string): string[] {
  try {
    return [...Deno.readDirSync(folder)].flatMap(({ name }) =>
      name.endsWith(ending) ? [name.slice(0, -ending.length)] : []
    );
  } catch {
    return [];
  }
}

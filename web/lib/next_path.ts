/**
 * Where to go after signing in: a path of this site, or the start. Anything that a browser could
 * take for another site's address is turned down.
 */
export function nextPath(next: string | null): string {
  if (next === null || !next.startsWith("/")) return "/";
  const url = new URL(next, "https://here.invalid");
  if (url.host !== "here.invalid" || url.pathname.startsWith("//")) return "/";
  return url.pathname + url.search;
}

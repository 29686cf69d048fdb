import type { Method } from "./define.ts";

interface Entry<T> {
  readonly pattern: string;
  readonly matcher: URLPattern | null;
  readonly byMethod: Map<Method | "ALL", T>;
}

/** What a request line leads to. `target` is null when nothing serves its method. */
export interface Match<T> {
  readonly pattern: string;
  readonly params: Record<string, string>;
  readonly target: T | null;
}

/** Finds routes by path and method: exact paths first, then patterns in the order added. */
export class Router<T> {
  readonly #exact = new Map<string, Entry<T>>();
  readonly #patterns = new Map<string, Entry<T>>();

  /** Adds a route. The first one for a path and method stays. */
  add(method: Method | "ALL", pattern: string, target: T): void {
    const isPattern = /[*:{}+?()]/.test(pattern);
    const entries = isPattern ? this.#patterns : this.#exact;
    let entry = entries.get(pattern);
    if (entry === undefined) {
      const matcher = isPattern ? new URLPattern({ pathname: pattern }) : null;
      entries.set(pattern, entry = { pattern, matcher, byMethod: new Map() });
    }
    if (!entry.byMethod.has(method)) entry.byMethod.set(method, target);
  }

  match(method: Method, pathname: string): Match<T> | null {
    const exact = this.#exact.get(pathname);
    if (exact !== undefined) return found(exact, method, {});
    for (const entry of this.#patterns.values()) {
      const groups = entry.matcher?.exec({ pathname })?.pathname.groups;
      if (groups !== undefined) return found(entry, method, groups);
    }
    return null;
  }
}

function found<T>(
  { pattern, byMethod }: Entry<T>,
  method: Method,
  groups: Record<string, string | undefined>,
): Match<T> {
  const target = byMethod.get(method) ?? (method === "HEAD" ? byMethod.get("GET") : undefined) ??
    byMethod.get("ALL") ?? null;
  const params: Record<string, string> = {};
  for (const [name, value] of Object.entries(groups)) params[name] = decode(value ?? "");
  return { pattern, params, target };
}

/** Decodes all but reserved characters: `a%2Fb` stays one part. Malformed text stays as it is. */
function decode(value: string): string {
  try {
    return decodeURI(value);
  } catch {
    return value;
  }
}

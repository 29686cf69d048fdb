/** `fresh/runtime`: what routes and islands share; safe to import in browsers. */

import { type ComponentChildren, createContext } from "preact";
import { useContext } from "preact/hooks";
import { buildId } from "./build_id.ts";

/** True in a browser, false while rendering on the server. */
export const IS_BROWSER = typeof document !== "undefined";

/** The query parameter that makes a static file cacheable for ever. */
export const ASSET_CACHE_BUST_KEY = "__frsh_c";

/** The address of a static file, locked to this build so that it can be cached for a year. */
export function asset(path: string): string {
  if (!path.startsWith("/") || path.startsWith("//")) return path;
  const url = new URL(path, "http://asset");
  if (url.searchParams.has(ASSET_CACHE_BUST_KEY)) return path;
  url.searchParams.set(ASSET_CACHE_BUST_KEY, buildId);
  return url.pathname + url.search + url.hash;
}

/** Where `<Head>` leaves its children while a page is rendered on the server. */
export const HeadCollector = createContext<((children: ComponentChildren) => void) | null>(null);

/** Moves its children into the document's `<head>`; a `<title>` replaces that of `_app`. */
export function Head(props: { children?: ComponentChildren }): null {
  useContext(HeadCollector)?.(props.children);
  return null;
}

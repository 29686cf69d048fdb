import type { RouteFile } from "./build_cache.ts";
import type { RouteHandler } from "./define.ts";
import type { Middleware } from "./middleware.ts";
import type { Router } from "./router.ts";
import {
  renderRoute,
  type Route,
  type RouteComponent,
  type RouteConfig,
  type Segment,
} from "./segment.ts";

/** Puts the files of `routes/` into the tree of segments and the router. */
export function addFsRoutes<State>(
  files: readonly RouteFile[],
  root: Segment<State>,
  router: Router<Middleware<State>[]>,
): void {
  const pages: RouteFile[] = [];
  // First all that wraps routes, so that each route finds its segments complete.
  for (const file of files) {
    const { folder, name } = split(file.id);
    const segment = root.descend(folder.map(partToPattern));
    const route = toRoute<State>(file);
    switch (name) {
      case "_app":
        root.app = route.component ?? null;
        break;
      case "_error":
        segment.errorRoute = route;
        break;
      case "_layout":
        if (route.component === undefined) throw new TypeError(`No layout in routes${file.id}`);
        segment.layout = { component: route.component, config: route.config ?? {} };
        break;
      case "_middleware":
        segment.middlewares.push(...toMiddlewares<State>(file));
        break;
      default:
        if (name.startsWith("_")) throw new TypeError(`No meaning is known for routes${file.id}`);
        pages.push(file);
    }
  }
  for (const file of pages.sort((a, b) => compareIds(a.id, b.id))) {
    const { folder } = split(file.id);
    const route = toRoute<State>(file);
    const chain = root.descend(folder.map(partToPattern)).middlewareChain();
    // Like Fresh, which loads routes when first asked: their methods are not known up front.
    router.add("ALL", idToPattern(file.id), [...chain, (ctx) => renderRoute(ctx, route)]);
  }
}

/** `/(group)/machines/[id]` → `/machines/:id`. */
function idToPattern(id: string): string {
  const { folder, name } = split(id);
  const parts = name === "index" ? folder : [...folder, name];
  return "/" + parts.filter((part) => !/^\(.*\)$/.test(part)).map(partToPattern).join("/");
}

function partToPattern(part: string): string {
  return part.replace(/^\[\.\.\.(\w+)\]$/, ":$1*").replace(/\[(\w+)\]/g, ":$1");
}

function split(id: string): { folder: string[]; name: string } {
  const parts = id.split("/").slice(1);
  return { folder: parts.slice(0, -1), name: parts.at(-1) ?? "" };
}

/** Orders routes so that the more exact one is tried first: plain text, `[id]`, `[...rest]`. */
function compareIds(a: string, b: string): number {
  const [left, right] = [idToPattern(a).split("/"), idToPattern(b).split("/")];
  for (const [index, part] of left.entries()) {
    const other = right[index];
    if (other === undefined) break;
    const order = rank(part) - rank(other);
    if (order !== 0) return order;
  }
  return a < b ? -1 : 1;
}

function rank(part: string): number {
  return part.startsWith(":") ? part.endsWith("*") ? 2 : 1 : 0;
}

function toRoute<State>({ id, mod }: RouteFile): Route<State> {
  const handler = mod.handler ?? mod.handlers;
  if (mod.default === undefined && handler === undefined) {
    throw new TypeError(`routes${id} exports neither a component nor a handler`);
  }
  return {
    ...(mod.default !== undefined && { component: mod.default as RouteComponent<State> }),
    ...(handler !== undefined && { handler: handler as RouteHandler<unknown, State> }),
    ...(mod.config !== undefined && { config: mod.config as RouteConfig }),
  };
}

function toMiddlewares<State>({ mod }: RouteFile): Middleware<State>[] {
  return [mod.handler ?? mod.handlers ?? mod.default].flat() as Middleware<State>[];
}

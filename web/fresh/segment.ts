import type { AnyComponent } from "preact";
import { type Context, FRAME } from "./context.ts";
import type { PageProps, PageResponse, RouteHandler } from "./define.ts";
import { HttpError } from "./http_error.ts";
import type { Middleware } from "./middleware.ts";
import { renderComponent } from "./render.ts";

export type RouteComponent<State> = AnyComponent<PageProps<unknown, State>>;

/** Which wrappers a page or layout does without. */
export interface RouteConfig {
  skipInheritedLayouts?: boolean;
  skipAppWrapper?: boolean;
}

/** A page, its handler, or both. */
export interface Route<State> {
  component?: RouteComponent<State>;
  handler?: RouteHandler<unknown, State>;
  config?: RouteConfig;
}

/** One part of a path, with what applies to every route below it. */
export class Segment<State> {
  readonly middlewares: Middleware<State>[] = [];
  layout: { component: RouteComponent<State>; config: RouteConfig } | null = null;
  errorRoute: Route<State> | null = null;
  /** Only the root has one. */
  app: RouteComponent<State> | null = null;
  readonly #children = new Map<string, Segment<State>>();

  constructor(readonly parent: Segment<State> | null = null) {}

  /** The segment below this one for `parts` of a path, made when missing. */
  descend(parts: readonly string[]): Segment<State> {
    const [first, ...rest] = parts;
    if (first === undefined) return this;
    let child = this.#children.get(first);
    if (child === undefined) this.#children.set(first, child = new Segment(this));
    return child.descend(rest);
  }

  /** All that runs before a route of this segment, outermost first, as declared up to now. */
  middlewareChain(): Middleware<State>[] {
    const outer = this.parent?.middlewareChain() ?? [];
    const { app, layout, errorRoute } = this;
    return [...outer, (ctx) => enter(ctx, { app, layout, errorRoute }), ...this.middlewares];
  }
}

/** Runs the rest of the chain inside a segment's wrappers; its error route answers what fails. */
async function enter<State>(
  ctx: Context<State>,
  { app, layout, errorRoute }: Pick<Segment<State>, "app" | "layout" | "errorRoute">,
): Promise<Response> {
  const outer = ctx[FRAME];
  const inner = ctx[FRAME] = {
    ...outer,
    app: layout?.config.skipAppWrapper ? null : app ?? outer.app,
    layouts: layout === null
      ? outer.layouts
      : layout.config.skipInheritedLayouts
      ? [layout.component]
      : [...outer.layouts, layout.component],
  };
  try {
    return await ctx.next();
  } catch (error) {
    if (errorRoute === null) throw error;
    ctx[FRAME] = inner;
    const status = error instanceof HttpError ? error.status : 500;
    return await renderRoute(ctx, errorRoute, status);
  } finally {
    ctx[FRAME] = outer;
  }
}

/** Runs the route's handler and renders its page when the handler asks for it. */
export async function renderRoute<State>(
  ctx: Context<State>,
  { component, handler, config = {} }: Route<State>,
  status = 200,
): Promise<Response> {
  if (config.skipAppWrapper) ctx[FRAME] = { ...ctx[FRAME], app: null };
  if (config.skipInheritedLayouts) ctx[FRAME] = { ...ctx[FRAME], layouts: [] };

  let answer: Response | PageResponse<unknown> = { data: {} };
  if (typeof handler === "function") {
    answer = await handler(ctx);
  } else if (handler !== undefined) {
    const method = ctx.req.method as keyof typeof handler;
    const fn = handler[method] ?? (method === "HEAD" ? handler.GET : undefined);
    if (fn !== undefined) answer = await fn(ctx);
    else if (method !== "GET" || component === undefined) return await ctx.next();
  }
  if (answer instanceof Response) return answer;

  const vnode = component === undefined
    ? null
    : await renderComponent(component, ctx.pageProps(answer.data, () => null));
  if (vnode instanceof Response) return vnode;
  const headers = new Headers(answer.headers);
  return await ctx.render(vnode, { headers, status: answer.status ?? status });
}

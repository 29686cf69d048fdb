import type { FunctionComponent, VNode } from "preact";
import type { BuildCache } from "./build_cache.ts";
import type { PageProps } from "./define.ts";
import { renderComponent, renderDocument } from "./render.ts";
import type { RouteComponent } from "./segment.ts";

/** What wraps a page at this point of the request. */
export interface Frame<State> {
  readonly app: RouteComponent<State> | null;
  readonly layouts: readonly RouteComponent<State>[];
  readonly build: BuildCache;
}

/** Where this module keeps the frame; apps never see it. */
export const FRAME: unique symbol = Symbol("fresh.frame");

/** One request on its way through middlewares to its route. */
export class Context<State> {
  readonly url: URL;
  readonly req: Request;
  readonly info: Deno.ServeHandlerInfo;
  /** The matched pattern, such as `/machines/:id`. */
  readonly route: string | null;
  readonly params: Readonly<Record<string, string>>;
  readonly state: State = {} as State;
  /** What was thrown, for error routes. */
  error: unknown = null;
  /** Runs the rest of the chain. */
  next: () => Promise<Response> = () => Promise.reject(new Error("The request has not started"));
  [FRAME]: Frame<State>;

  constructor(
    init: Pick<Context<State>, "url" | "req" | "info" | "route" | "params">,
    frame: Frame<State>,
  ) {
    this.url = init.url;
    this.req = init.req;
    this.info = init.info;
    this.route = init.route;
    this.params = init.params;
    this[FRAME] = frame;
  }

  /** Redirects to `pathOrUrl`. A path cannot leave this origin: `//host` becomes `/host`. */
  redirect(pathOrUrl: string, status = 302): Response {
    const [, path = "", rest = ""] = /^([^?#]*)(.*)$/s.exec(pathOrUrl) ?? [];
    const location = /^[/\\]/.test(path) ? path.replace(/[/\\]+/g, "/") + rest : pathOrUrl;
    return new Response(null, { status, headers: { location } });
  }

  text(content: string, init?: ResponseInit): Response {
    return new Response(content, init);
  }

  html(content: string, init?: ResponseInit): Response {
    const headers = new Headers(init?.headers);
    headers.set("content-type", "text/html; charset=utf-8");
    return new Response(content, { ...init, headers });
  }

  json(content: unknown, init?: ResponseInit): Response {
    return Response.json(content, init);
  }

  /** Renders `vnode` inside the layouts and `_app` that apply here. */
  async render(vnode: VNode | null, init: ResponseInit = {}): Promise<Response> {
    const { app, layouts, build } = this[FRAME];
    let tree = vnode;
    for (const layout of layouts.toReversed()) {
      const child = tree;
      const wrapped = await renderComponent(layout, this.pageProps(undefined, () => child));
      if (wrapped instanceof Response) return wrapped;
      tree = wrapped;
    }
    let content: VNode | null = null;
    const shell = app && await renderComponent(app, this.pageProps(undefined, () => content));
    if (shell instanceof Response) return shell;

    const { html, preloads } = renderDocument(build, tree, (rendered) => {
      content = rendered;
      return shell;
    });
    const response = this.html(html, init);
    if (preloads.length > 0) {
      const links = preloads.map((url) => `<${encodeURI(url)}>; rel="modulepreload"; as="script"`);
      response.headers.append("link", links.join(", "));
    }
    return response;
  }

  /** What a page, layout or `_app` is called with. */
  pageProps<Data>(data: Data, Component: FunctionComponent): PageProps<Data, State> {
    const { url, req, info, route, params, state, error } = this;
    return { url, req, info, route, params, state, error, data, Component };
  }
}

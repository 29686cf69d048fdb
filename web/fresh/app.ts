import type { BuildCache } from "./build_cache.ts";
import { Context } from "./context.ts";
import type { Method } from "./define.ts";
import { addFsRoutes } from "./fs_routes.ts";
import { HttpError } from "./http_error.ts";
import { type Middleware, runMiddlewares } from "./middleware.ts";
import { registerIsland } from "./render.ts";
import { Router } from "./router.ts";
import { Segment } from "./segment.ts";
import { STATUS_TEXT } from "@std/http/status";

/** What an app's declarations are written into, in order, when its handler is made. */
interface Site<State> {
  readonly root: Segment<State>;
  readonly router: Router<Middleware<State>[]>;
  readonly build: BuildCache;
}

const UNBUILT: BuildCache = {
  mode: "production",
  buildId: "unbuilt",
  bootUrl: "",
  islands: [],
  routes: [],
  files: new Map(),
};

const UNKNOWN_PEER: Deno.ServeHandlerInfo = {
  remoteAddr: { transport: "tcp", hostname: "localhost", port: 0 },
  completed: Promise.resolve(),
};

/** Gives `app` the build that its file routes, islands and static files come from. */
export let setBuildCache: <State>(
  app: App<State>,
  build: BuildCache,
  mode: BuildCache["mode"],
) => void;

/** Middlewares and routes that together answer requests. */
export class App<State> {
  readonly #declarations: ((site: Site<State>) => void)[] = [];
  #build = UNBUILT;

  static {
    setBuildCache = (app, build, mode) => {
      app.#build = { ...build, mode };
      build.islands.forEach(registerIsland);
    };
  }

  /** Adds middlewares for every path, or for `path` and all below it. */
  use(...middlewares: Middleware<State>[]): this;
  use(path: string, ...middlewares: Middleware<State>[]): this;
  use(first: string | Middleware<State>, ...rest: Middleware<State>[]): this {
    const [path, middlewares] = typeof first === "string" ? [first, rest] : ["*", [first, ...rest]];
    return this.#declare(({ root }) => {
      root.descend(pathParts(path)).middlewares.push(...middlewares);
    });
  }

  get(path: string, ...middlewares: Middleware<State>[]): this {
    return this.#on("GET", path, middlewares);
  }
  post(path: string, ...middlewares: Middleware<State>[]): this {
    return this.#on("POST", path, middlewares);
  }
  put(path: string, ...middlewares: Middleware<State>[]): this {
    return this.#on("PUT", path, middlewares);
  }
  patch(path: string, ...middlewares: Middleware<State>[]): this {
    return this.#on("PATCH", path, middlewares);
  }
  delete(path: string, ...middlewares: Middleware<State>[]): this {
    return this.#on("DELETE", path, middlewares);
  }
  all(path: string, ...middlewares: Middleware<State>[]): this {
    return this.#on("ALL", path, middlewares);
  }

  /** Answers errors thrown below `path`, and below `*` unknown paths too. */
  onError(path: string, handler: Middleware<State>): this {
    return this.#declare(({ root }) => {
      root.descend(pathParts(path)).errorRoute = { handler };
    });
  }

  /** Adds the files of `routes/` at this point. */
  fsRoutes(): this {
    return this.#declare(({ root, router, build }) => addFsRoutes(build.routes, root, router));
  }

  /** The app as one function from request to response. It never rejects. */
  handler(): (req: Request, info?: Deno.ServeHandlerInfo) => Promise<Response> {
    const root = new Segment<State>();
    const router = new Router<Middleware<State>[]>();
    const build = this.#build;
    for (const declare of this.#declarations) declare({ root, router, build });
    const unmatched = root.middlewareChain();

    return async (req, info = UNKNOWN_PEER) => {
      const url = new URL(req.url);
      url.pathname = url.pathname.replace(/\/+/g, "/");
      const match = router.match(req.method as Method, url.pathname);
      const { pattern: route = null, params = {}, target = null } = match ?? {};
      const ctx = new Context<State>({ req, url, info, route, params }, {
        app: null,
        layouts: [],
        build,
      });
      try {
        const response = await runMiddlewares(target ?? unmatched, ctx, () => {
          throw new HttpError(match !== null && target === null ? 405 : 404);
        });
        return req.method === "HEAD" ? new Response(null, response) : response;
      } catch (error) {
        return answerError(error);
      }
    };
  }

  #on(method: Method | "ALL", path: string, middlewares: Middleware<State>[]): this {
    return this.#declare(({ root, router }) => {
      const chain = root.descend(pathParts(path)).middlewareChain();
      router.add(method, path === "*" ? "/*" : path, [...chain, ...middlewares]);
    });
  }

  #declare(declaration: (site: Site<State>) => void): this {
    this.#declarations.push(declaration);
    return this;
  }
}

function pathParts(path: string): string[] {
  return path.split("/").filter((part) => part !== "" && part !== "*");
}

/** For apps without an error route. */
function answerError(error: unknown): Response {
  if (!(error instanceof HttpError) || error.status >= 500) console.error(error);
  if (!(error instanceof HttpError)) return new Response("Internal server error", { status: 500 });
  const { status } = error;
  return new Response(error.message || STATUS_TEXT[status], { status });
}

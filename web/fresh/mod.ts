/**
 * The part of Fresh 2's public API that this project's web app uses: see README.md.
 * @module
 */

export { App } from "./app.ts";
export type { Context } from "./context.ts";
export { csp } from "./csp.ts";
export { csrf } from "./csrf.ts";
export {
  createDefine,
  type HandlerByMethod,
  type HandlerFn,
  page,
  type PageProps,
  type PageResponse,
  type RouteHandler,
} from "./define.ts";
export { HttpError } from "./http_error.ts";
export type { Middleware } from "./middleware.ts";
export { staticFiles } from "./static_files.ts";

/** `fresh/internal`: how a server that embeds an app gives it the build on disk. */

export { setBuildCache } from "./app.ts";
export { ProdBuildCache } from "./build_cache.ts";

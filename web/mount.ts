import type { Log } from "@chatcode/kit";
import { createApp } from "./main.ts";
import { withSecurityHeaders } from "./security_headers.ts";
import type { Services } from "./services.ts";

/** Answers every request the relay does not answer itself. It never rejects. */
export type WebHandler = (req: Request, info: Deno.ServeHandlerInfo) => Promise<Response>;

/** Where the app lies, and where `deno task build` leaves its snapshot. */
const ROOT = import.meta.dirname as string;
const SNAPSHOT = new URL("./_fresh/snapshot.js", import.meta.url);

/**
 * The web app as one handler, with `services` behind its routes.
 *
 * "production" serves the build in `_fresh/`; "development" bundles the islands in memory, which
 * needs esbuild. Without a choice the build is served if there is one.
 */
export async function mountWeb(
  services: Services,
  options: { mode?: "production" | "development"; log?: Log } = {},
): Promise<WebHandler> {
  const mode = options.mode ?? (await isFile(SNAPSHOT) ? "production" : "development");
  const app = createApp(services, options.log);
  if (mode === "production") {
    const { ProdBuildCache, setBuildCache } = await import("fresh/internal");
    setBuildCache(app, new ProdBuildCache(ROOT, await import(SNAPSHOT.href)), mode);
  } else {
    const { Builder } = await import("fresh/dev");
    const applyBuild = await new Builder({ root: ROOT }).build({ mode, snapshot: "memory" });
    applyBuild(app);
  }
  const handle = app.handler();
  return async (req, info) => withSecurityHeaders(await handle(req, info));
}

async function isFile(url: URL): Promise<boolean> {
  try {
    return (await Deno.stat(url)).isFile;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

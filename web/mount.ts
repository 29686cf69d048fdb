import type { Log } from "@chatcode/kit";
import { currentBuild } from "./current_build.ts";
import { createApp } from "./main.ts";
import { withSecurityHeaders } from "./security_headers.ts";
import type { Services } from "./services.ts";

/** Answers every request the relay does not answer itself. It never rejects. */
export type WebHandler = (req: Request, info: Deno.ServeHandlerInfo) => Promise<Response>;

/** Where the app lies. */
const ROOT = import.meta.dirname as string;

/**
 * The web app as one handler, with `services` behind its routes. "production", the default, serves
 * the build in `_fresh/` and builds it first if it is not of these sources; "development" bundles
 * the islands in this process's memory and touches no file.
 * @throws {Error} if there is no build and none can be made
 */
export async function mountWeb(
  services: Services,
  options: { mode?: "production" | "development"; log?: Log } = {},
): Promise<WebHandler> {
  const { mode = "production", log } = options;
  const app = createApp(services, log);
  if (mode === "production") {
    const { ProdBuildCache, setBuildCache } = await import("fresh/internal");
    const snapshot = await import(await currentBuild(log));
    setBuildCache(app, new ProdBuildCache(ROOT, snapshot), mode);
  } else {
    const { Builder } = await import("fresh/dev");
    const applyBuild = await new Builder({ root: ROOT }).build({ mode, snapshot: "memory" });
    applyBuild(app);
  }
  const handle = app.handler();
  return async (req, info) => withSecurityHeaders(await handle(req, info), services.previewOrigin);
}

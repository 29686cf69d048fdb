import { App, csp, csrf, staticFiles } from "fresh";
import type { State } from "./define.ts";
import { createLog, type Log } from "@chatcode/kit";
import type { Services } from "./services.ts";

/** The web app in front of the relay's `services`. It serves once a build is applied: `mount.ts`. */
export function createApp(services: Services, log: Log = createLog()): App<State> {
  return new App<State>()
    // First, so that error pages have them too.
    .use((ctx) => {
      ctx.state.services = services;
      ctx.state.log = log;
      ctx.state.principal = null;
      ctx.state.csrfToken = null;
      return ctx.next();
    })
    .use(csp({ useNonce: true }))
    .use(staticFiles())
    // Behind a TLS proxy a request's own URL has the wrong scheme: the public one counts too.
    .use(csrf({
      origin: (origin, ctx) => origin === services.publicUrl.origin || origin === ctx.url.origin,
    }))
    .fsRoutes();
}

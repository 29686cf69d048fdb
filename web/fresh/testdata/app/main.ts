import { App, csp, csrf, HttpError, staticFiles } from "fresh";
import type { State } from "./define.ts";

/** The fixture, given what its server provides. Written for genuine Fresh 2.3. */
export function createApp(services: { greeting: string }): App<State> {
  return new App<State>()
    .use(csp({ useNonce: true }))
    .use(staticFiles())
    .use(csrf())
    .use((ctx) => {
      ctx.state.greeting = services.greeting;
      ctx.state.trace = ["app"];
      return ctx.next();
    })
    .get("/hello/:name", (ctx) => ctx.text(`Hello ${ctx.params.name}`))
    .get("/teapot", () => {
      throw new HttpError(418);
    })
    .all("/any", (ctx) => ctx.json({ method: ctx.req.method }))
    .fsRoutes();
}
